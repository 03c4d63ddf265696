import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {FROM_ITS_DISK} from '../../src/stages/format/tried-format.ts';
import {boot} from '../../src/index.ts';
import {FORMAT_NAMES, imageFormatOf} from '../../src/stages/format/image-formats.ts';
import {buildWith} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const FORMATS = FORMAT_NAMES.filter(
  (name) => imageFormatOf(name).tried.started?.includes(FROM_ITS_DISK) === true,
);
const {artifacts} = buildWith(['--format', FORMATS.join(','), '--out', temporary()]);

test.each(FORMATS)('a disk in the format %s is recognised and boots', async (format) => {
  const path = artifacts.find((artifact) => artifact.format === format)?.path ?? '';
  const {driver} = imageFormatOf(format);
  await using machine = await boot(driver === undefined ? unpacked(path) : path, {user: 'leanos'});
  expect(machine.command).toContain(`format=${driver ?? 'raw'},`);
  expect(await machine.exec('grep -q ext4 /proc/mounts')).toMatchObject({status: 0}); // its STATE
});

/** The disk in an archive. */
function unpacked(archive: string): string {
  const folder = temporary();
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  return join(folder, 'disk.raw');
}
