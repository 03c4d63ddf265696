import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {qemuControl} from '../../src/vm/control.ts';
import {Machine} from '../../src/vm/machine.ts';
import {temporary} from '../support/temporary.ts';

test('a machine is controlled however deep its folder lies, and leaves no socket behind', async () => {
  const folder = join(temporary(), 'deep'.repeat(40));
  mkdirSync(folder);
  const machine = await Machine.start({
    arch: 'x86_64',
    accelerator: 'tcg',
    memoryMib: 32,
    boot: {firmware: 'bios'},
    disk: undefined,
    sshPort: 0,
    log: join(folder, 'console.log'),
    console: 'piped',
  });
  const {control} = machine.spec;
  await expect.poll(() => existsSync(control) || machine.ended, {timeout: 10_000}).toBe(true);
  expect(machine.ended, readFileSync(machine.spec.log, 'utf8')).toBe(false);
  await qemuControl(control, 'quit');
  await machine.finished();
  await machine[Symbol.asyncDispose]();
  expect(existsSync(dirname(control))).toBe(false);
});
