import {execFileSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {CHECKOUT} from '../../test/support/built-image.ts';

const SOURCES = join(CHECKOUT, 'bench/one-program');

/** Makes the static program, `program`. */
export function makeProgram(folder: string): void {
  const made = join(folder, 'program');
  execFileSync('gcc', ['-Os', '-s', '-static', '-o', made, join(SOURCES, 'program.c')]);
}

/** Makes the unikernels, `unikernel.spt` and `unikernel.virtio`, and the tender `solo5-spt` without shared libraries. */
export function makeUnikernels(folder: string, solo5: string): void {
  const manifest = join(folder, 'manifest.c');
  const tool = join(solo5, 'elftool/solo5-elftool');
  execFileSync(tool, ['gen-manifest', join(SOURCES, 'manifest.json'), manifest]);
  const compilers = join(solo5, 'toolchain/bin');
  const compiler = readdirSync(compilers).find((name) => name.endsWith('-cc')) ?? 'cc';
  for (const abi of ['spt', 'virtio']) {
    const made = join(folder, `unikernel.${abi}`);
    const words = ['-O2', '-z', `solo5-abi=${abi}`, join(SOURCES, 'unikernel.c'), manifest, '-o', made];
    execFileSync(join(compilers, compiler), words);
  }
  const tenders = join(solo5, 'tenders');
  const objects = readdirSync(join(tenders, 'spt')).filter((name) => /^spt_\w+\.o$/.test(name));
  const parts = [...objects.map((name) => join(tenders, 'spt', name)), join(tenders, 'common/libcommon.a')];
  execFileSync('gcc', [
    '-s',
    '-static-pie',
    '-Wl,-z,noexecstack',
    '-o',
    join(folder, 'solo5-spt'),
    ...parts,
    '-lseccomp',
  ]);
}
