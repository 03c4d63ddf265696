import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {ARCHITECTURES, hostArchitecture} from '../../src/core/architecture.ts';
import type {FileTree} from '../../src/formats/file-tree.ts';
import {run, type Run} from '../../src/system/run.ts';
import {scriptedUserland, type BuildUserland} from '../support/scripted-userland.ts';
import {temporary} from '../support/temporary.ts';

/** An architecture that the kernel of this host does not run. */
const FOREIGN = ARCHITECTURES[hostArchitecture().name === 'aarch64' ? 'x86_64' : 'aarch64'];

let built: BuildUserland;

beforeAll(async () => {
  built = await scriptedUserland(FOREIGN);
}, 600_000);

/** Commands as on a kernel that lets no namespace have formats of programs of its own. */
function olderKernel(): Run {
  const programs = temporary();
  const refused =
    '#!/bin/sh\ncase " $* " in *" binfmt_misc "*) exit 1 ;; esac\nPATH=${PATH#*:} exec mount "$@"\n';
  writeFileSync(join(programs, 'mount'), refused, {mode: 0o755});
  const env = {PATH: `${programs}:${process.env['PATH'] ?? ''}`};
  return (argv, options) => run(argv, {...options, env});
}

/** What is in a tree, for a person to compare. */
function told(tree: FileTree): string[] {
  return [...tree].map(([path, entry]) => {
    const {type, ...more} = entry;
    const data = entry.type === 'file' ? entry.data.toString('latin1') : '';
    return `${path} ${type} ${JSON.stringify({...more, data})}`;
  });
}

test('scripts of an architecture that the kernel does not run leave what they leave on the host’s own, byte for byte', async () => {
  const own = await (await scriptedUserland(hostArchitecture()))(run);
  expect(own.tree.has('etc/web.conf')).toBe(true);
  const foreign = await built(run);
  expect(told(foreign.tree)).toEqual(told(own.tree)); // which says what is other
  expect(foreign.tar).toBe(own.tar);
  expect(foreign.accounts).toBe(own.accounts);
  expect(foreign.notes).toEqual(own.notes);
}, 1_800_000);

test('where the kernel lets nobody register an emulator it is said, and what would help', async () => {
  await expect(built(olderKernel())).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      new RegExp(
        `\\n {2}they were not run in a sandbox: this host does not run programs of ${FOREIGN.name}$`,
      ),
    ) as string,
    hint: expect.stringMatching(
      /^Linux 6\.7 [^]*\n {2}sudo apt install qemu-user-static [^]*\n {2}scripts: \{web: ignore\}/,
    ) as string,
  });
}, 600_000);

test('a lock from before emulators were pinned is to be made anew', async () => {
  await expect(built(run, {emulation: {architecture: FOREIGN.name, emulators: {}}})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      new RegExp(`the lock has no emulator, which programs of ${FOREIGN.name} need here$`),
    ) as string,
    hint: expect.stringMatching(/^leanos lock /) as string,
  });
}, 600_000);
