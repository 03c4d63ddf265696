import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {architectureNames, hostArchitecture, type ArchitectureName} from '../../src/core/architecture.ts';
import {symlink} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import type {ImageInputs} from '../../src/recipes/inputs.ts';
import {readPackage} from '../../src/stages/userland/packages.ts';
import {readyEmulator} from '../../src/stages/userland/sandbox/emulator.ts';
import {enterSandbox, withFloor} from '../../src/stages/userland/sandbox/enter-sandbox.ts';
import {Apt, mirrors, type PackagePin} from '../../src/system/apt.ts';
import {fetchFiles, type FetchFile} from '../../src/system/fetch.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

const here = workspace(process.env);
const sources = debianSources({suite: 'trixie', archives: ['main']}, here, process.env);
const fetch: FetchFile = async (pins) =>
  fetchFiles(pins, {folder: here.cache.downloads, run, mirrors: mirrors(sources)});

let emulator: readonly PackagePin[];

beforeAll(async () => {
  const apt = await Apt.open(temporary(), {sources, run, architecture: hostArchitecture().debian});
  emulator = await apt.resolve({packages: ['qemu-user'], depth: 'alone'});
}, 600_000);

/** The BusyBox of an architecture's initramfs as a root, with this to run. */
async function busyboxRoot(arch: ArchitectureName, text: string): Promise<string> {
  const lock = join(here.home.path, `locks/test-${arch}.json`);
  const {initramfs} = JSON.parse(readFileSync(lock, 'utf8')) as Pick<ImageInputs, 'initramfs'>;
  const [archive = ''] = await fetch(initramfs);
  const tree = await readPackage(archive, {run, scratch: join(temporary(), 'package.tar')});
  const busybox = tree.get('usr/bin/busybox') ?? tree.get('bin/busybox');
  if (busybox === undefined) throw new Error(`no BusyBox for ${arch}`);
  const scratch = temporary();
  for (const name of ['root', 'packages', 'results']) mkdirSync(join(scratch, name));
  const root = withFloor(
    new Map([
      ['bin/busybox', busybox],
      ['bin/sh', symlink('busybox')],
      ['usr/bin/env', symlink('/bin/busybox')],
    ]),
    text,
  );
  writeFileSync(join(scratch, 'base.tar'), await encodeTar(root, 0));
  return scratch;
}

test.each(architectureNames())(
  'programs of %s run in a sandbox, emulated where the kernel does not run them',
  async (architecture) => {
    const scratch = await busyboxRoot(architecture, 'busybox uname -m >/leanos/results/machine\n');
    if (!(await enterSandbox(run, scratch))) {
      const options = {
        packages: [],
        only: {},
        emulation: {architecture, emulators: {[hostArchitecture().debian]: emulator}},
      };
      const ready = await readyEmulator(temporary(), {options, fetch, run});
      expect(await enterSandbox(run, scratch, {emulator: ready})).toBe(true);
    }
    const machines = {
      i386: /^(i686|x86_64)$/, // by itself it runs on a kernel of x86_64
      arm: /^(armv[78]l|aarch64)$/,
    };
    const machine = readFileSync(join(scratch, 'results/machine'), 'utf8').trim();
    expect(machine).toMatch(
      architecture in machines ? machines[architecture as keyof typeof machines] : architecture,
    );
  },
  600_000,
);
