import {expect, test} from 'vitest';
import {boot} from '../../src/index.ts';
import {imageFormatOf} from '../../src/stages/format/image-formats.ts';
import {buildWith} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const FORMATS = ['vmdk', 'vhd', 'vhdx'] as const;
const {artifacts} = buildWith(['--format', FORMATS.join(','), '--out', temporary()]);

test.each(FORMATS)('a disk in the format %s is recognised and boots', async (format) => {
  const path = artifacts.find((artifact) => artifact.format === format)?.path ?? '';
  await using machine = await boot(path, {user: 'leanos'});
  expect(machine.command).toContain(`format=${imageFormatOf(format).driver ?? ''},`);
  expect(await machine.exec('grep -q ext4 /proc/mounts')).toMatchObject({status: 0}); // its STATE
});
