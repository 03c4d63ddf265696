import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {findTool, machineTools} from '../../src/build/host-tools.ts';
import {runWithStoredTools} from '../../src/build/stored-tools.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {LeanosError} from '../../src/core/error.ts';
import type {Run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

/** A folder with empty files. */
function folderOf(...paths: readonly string[]): string {
  const folder = temporary();
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), '');
  }
  return folder;
}

test("BusyBox's setpriv, which does not end what it starts, is none", () => {
  const setpriv = machineTools('x86_64').find(({name}) => name === 'setpriv');
  const folder = folderOf('busybox', 'more/setpriv');
  symlinkSync('busybox', join(folder, 'setpriv'));
  if (setpriv === undefined) throw new Error('machines need setpriv');
  expect(findTool(setpriv, folder)).not.toBe(join(folder, 'setpriv'));
  expect(findTool(setpriv, join(folder, 'more'))).toBe(join(folder, 'more/setpriv'));
});

describe('a host without qemu-img', () => {
  const {triplet, loader} = hostArchitecture();
  /** What is asked for by an absolute path is there; nothing else. */
  const bare: Run = async ([program, ...args]) => {
    if (program.startsWith('/')) return Promise.resolve([program, ...args].join(' '));
    throw new LeanosError('TOOL_MISSING', `'${program}' not found`);
  };

  test('reads disks with what a build has left in the store', async () => {
    const files = [`tree/usr/lib/${triplet}/${loader}`, 'tree/usr/bin/qemu-img', 'other/usr/bin/qemu-img'];
    const store = folderOf(...files);
    const said = await runWithStoredTools(bare, store)(['qemu-img', 'info', 'disk']);
    expect(said).toMatch(
      new RegExp(`^${join(store, files[0] ?? '')} .*${join(store, files[1] ?? '')} info disk$`),
    );
    await expect(runWithStoredTools(bare, store)(['other'])).rejects.toThrow("'other' not found");
  });

  test('is told what brings it', async () => {
    const said = runWithStoredTools(bare, temporary())(['qemu-img', 'info', 'disk']);
    await expect(said).rejects.toThrow(
      /^this host has no qemu-img: `leanos build` brings one, or .*qemu-utils$/,
    );
  });
});
