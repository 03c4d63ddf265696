import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';
import {processIdentity} from '../../src/system/process-identity.ts';
import {sweepTemporary, temporaryFolder} from '../../src/system/temporary.ts';
import {temporary} from '../support/temporary.ts';

test('what a process left that is gone is removed, and nothing else', async () => {
  const parent = temporary();
  await using own = await temporaryFolder(parent);
  // Of a process that was started before the machine was.
  const gone = `.tmp-${processIdentity().replace(/-[^-]*$/, '-0')}-abcdef`;
  for (const name of [gone, 'control']) mkdirSync(join(parent, name));
  writeFileSync(join(parent, gone, 'control'), '');
  await sweepTemporary(parent);
  expect(readdirSync(parent).sort()).toEqual([basename(own.path), 'control'].sort());
});
