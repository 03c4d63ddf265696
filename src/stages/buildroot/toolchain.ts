import {chmod, cp, mkdir, readdir, rename, rm, symlink, writeFile} from 'node:fs/promises';
import {basename, dirname, join, relative} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';
import {unpackPackages} from '../unpack-packages.ts';
import {addStackGuard} from './stack-guard.ts';

export type ToolchainOptions = {
  /** Debian's compiler and binutils for the target, and the host programs that stand in for Buildroot's own. */
  readonly host: readonly PackagePin[];
  /** musl, its headers, and the kernel's; with musl's shared library there may be shared ones of programs too. */
  readonly sysroot: readonly PackagePin[];
  /** What GCC calls the target, such as `x86_64-linux-gnu`. */
  readonly gnu: string;
  /** Debian's multiarch folder of it. */
  readonly triplet: string;
  /** What Debian's musl calls it, and what the programs of the toolchain are called after. */
  readonly musl: string;
  /** What the compiler is always told. */
  readonly muslFlags: readonly string[];
  /** The multiarch folder of the build host, and the name of its dynamic loader in it. */
  readonly hostLibraries: string;
  readonly hostLoader: string;
};

const GCC_VERSION = '14';
const LTO_PLUGIN = 'liblto_plugin.so';
const BINUTILS = [
  'addr2line',
  'ar',
  'as',
  'ld.bfd',
  'nm',
  'objcopy',
  'objdump',
  'ranlib',
  'readelf',
  'size',
  'strings',
  'strip',
];
/** What GCC looks for below its own prefix, under the plain names. */
const PLAIN_NAMES = ['ar', 'as', 'ld', 'ld.bfd', 'nm', 'objcopy', 'ranlib', 'strip'];
/** The parts of the kernel's headers that programs include; the rest is for drivers of graphics and sound. */
const KERNEL_HEADERS = ['linux', 'asm-generic', 'mtd', 'rdma', 'scsi', 'video', 'xen', 'misc'];
/** Those stand-ins that are one program each. */
const PROGRAMS = ['ccache', 'kmod', 'patchelf', 'pkgconf', 'zstd'];
/** Host programs of Debian in place of Buildroot's host packages: see buildroot-overlays/board/host-tools.mk. */
export const STAND_INS = [...PROGRAMS, 'bison', 'meson'];

/** Lines of a wrapper that come before it starts the real program. `$p` is the wrapper, `$d` its folder. */
const BEFORE: Readonly<Record<string, string>> = {
  // Buildroot gives its own folder of ccache in a variable of another name.
  ccache: '[ -z "${BR_CACHE_DIR-}" ] || { CCACHE_DIR=$BR_CACHE_DIR; export CCACHE_DIR; }\n',
  // Buildroot's patchelf can make the paths in host programs relative; those here have none.
  patchelf: 'case $1 in --make-rpath-relative) exit 0 ;; esac\n',
};

const MESON = `#!/usr/bin/env python3
import os
import sys

sys.dont_write_bytecode = True  # a toolchain stays as it is
sys.path.insert(0, os.path.join(os.environ['LEANOS_TOOLCHAIN'], 'host/meson'))
from mesonbuild.mesonmain import main

sys.exit(main())
`;

/**
 * A toolchain that Buildroot takes as an external one: Debian's GCC for the target with musl, in a folder that can be moved.
 * Each program is started by a wrapper through the dynamic loader that came with it, so that nothing of the host counts.
 * Beside it `stand-in/NAME/bin/NAME` and `path/tar`: host programs that Buildroot then does not build.
 */
export const toolchain = defineStage<ToolchainOptions, never>({
  name: 'toolchain',
  revision: 8,
  tools: [],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    const unpacked = join(out, '.unpacked');
    const [host, sysroot] = [join(unpacked, 'host'), join(unpacked, 'sysroot')];
    for (const [folder, pins] of [
      [host, options.host],
      [sysroot, options.sysroot],
    ] as const) {
      await mkdir(folder, {recursive: true});
      await unpackPackages(await fetch(pins), folder, run);
    }
    const maker = new ToolchainMaker({out, host, sysroot, options});
    await maker.libraries();
    await maker.compiler();
    await maker.sysroot();
    if (await maker.linkLoader()) await addStackGuard(join(out, `bin/${options.musl}-`), unpacked, run);
    await maker.standIns();
    await maker.meson();
    await rm(unpacked, {recursive: true});
  },
});

class ToolchainMaker {
  readonly #out: string;
  readonly #host: string;
  readonly #sysroot: string;
  readonly #options: ToolchainOptions;

  constructor(parts: {out: string; host: string; sysroot: string; options: ToolchainOptions}) {
    this.#out = parts.out;
    this.#host = parts.host;
    this.#sysroot = parts.sysroot;
    this.#options = parts.options;
  }

  /** The shared libraries of the programs, and the loader. */
  async libraries(): Promise<void> {
    const from = join(this.#host, 'usr/lib', this.#options.hostLibraries);
    const to = join(this.#out, 'host/lib');
    await mkdir(to, {recursive: true});
    for (const name of await readdir(from)) {
      if (name.includes('.so')) await cp(join(from, name), join(to, name), {dereference: true});
    }
  }

  async compiler(): Promise<void> {
    const {gnu, musl} = this.#options;
    const bin = join(this.#out, 'bin');
    const plain = join(this.#out, gnu, 'bin');
    await Promise.all([bin, plain].map((folder) => mkdir(folder, {recursive: true})));
    for (const tool of BINUTILS) await this.#program(`usr/bin/${gnu}-${tool}`, join(bin, `${musl}-${tool}`));
    await symlink(`${musl}-ld.bfd`, join(bin, `${musl}-ld`));
    for (const tool of PLAIN_NAMES) await symlink(`../../bin/${musl}-${tool}`, join(plain, tool));
    for (const tool of ['ar', 'nm', 'ranlib'])
      await symlink(`${musl}-${tool}`, join(bin, `${musl}-gcc-${tool}`));
    for (const tool of ['gcc', 'cpp'])
      await this.#program(`usr/bin/${gnu}-${tool}-${GCC_VERSION}`, join(bin, `${musl}-${tool}`), 'compiler');
    await symlink(`${musl}-gcc`, join(bin, `${musl}-cc`));
    await this.#gccFolders();
  }

  /** GCC's own objects and programs. */
  async #gccFolders(): Promise<void> {
    const {gnu} = this.#options;
    const name = await this.#gccName();
    const [own, programs] = ['lib', 'libexec'].map((kind) =>
      join(this.#host, 'usr', kind, name, gnu, GCC_VERSION),
    );
    const [to, toPrograms] = ['lib', 'libexec'].map((kind) => join(this.#out, kind, name, gnu, GCC_VERSION));
    if (own === undefined || programs === undefined || to === undefined || toPrograms === undefined) return;
    await mkdir(to, {recursive: true});
    for (const file of await readdir(own)) {
      if (/^(crt.*\.o|libgcc(_eh)?\.a|include)$/.test(file))
        await cp(join(own, file), join(to, file), {recursive: true, dereference: true});
    }
    // GCC wants it to be there, though nothing here is optimized when it is linked.
    await cp(join(programs, LTO_PLUGIN), join(toPrograms, LTO_PLUGIN), {dereference: true});
    for (const program of ['cc1', 'collect2'])
      await this.#wrapped(join(programs, program), join(toPrograms, program));
  }

  /** GCC finds its parts by the name that it was configured with. */
  async #gccName(): Promise<'gcc' | 'gcc-cross'> {
    const {gnu} = this.#options;
    for (const name of ['gcc', 'gcc-cross'] as const) {
      const folder = join(this.#host, 'usr/libexec', name, gnu, GCC_VERSION);
      const programs: string[] = await readdir(folder).catch(() => []);
      if (programs.includes('cc1')) return name;
    }
    throw new LeanosError('CONFIG_INVALID', `the compiler's packages have no cc1 for ${gnu}`);
  }

  async sysroot(): Promise<void> {
    const {triplet, musl} = this.#options;
    const usr = join(this.#out, 'sysroot/usr');
    await cp(join(this.#sysroot, 'usr/include', musl), join(usr, 'include'), {
      recursive: true,
      dereference: true,
    });
    await cp(join(this.#sysroot, 'usr/lib', musl), join(usr, 'lib'), {recursive: true, dereference: true});
    for (const name of [...KERNEL_HEADERS, `${triplet}/asm`])
      await cp(join(this.#sysroot, 'usr/include', name), join(usr, 'include', basename(name)), {
        recursive: true,
        dereference: true,
      });
    // musl has crypt() in libc itself, and what programs need of libatomic GCC writes in place: both archives are empty.
    for (const name of ['libcrypt.a', 'libatomic.a']) await writeFile(join(usr, 'lib', name), '!<arch>\n');
  }

  /**
   * musl's shared library is the loader too, under the name that its package has for it. Whether it is there; without it all that is
   * made is static.
   */
  async linkLoader(): Promise<boolean> {
    const sysroot = join(this.#out, 'sysroot');
    const names = await readdir(join(this.#sysroot, 'usr/lib'));
    const loaders = names.filter((name) => name.startsWith('ld-musl-'));
    for (const name of loaders) await symlink('libc.so', join(sysroot, 'usr/lib', name));
    if (loaders.length > 0) await symlink('usr/lib', join(sysroot, 'lib'));
    else {
      // By such a name Buildroot knows musl.
      await mkdir(join(sysroot, 'lib'));
      const name = `ld-musl-${this.#options.musl.split('-')[0] ?? ''}.so.1`;
      await symlink('../usr/lib/libc.so', join(sysroot, 'lib', name));
    }
    return loaders.length > 0;
  }

  async standIns(): Promise<void> {
    for (const name of PROGRAMS)
      await this.#program(`usr/bin/${name}`, join(this.#out, 'stand-in', name, 'bin', name), 'host', name);
    await this.#program('usr/bin/tar', join(this.#out, 'path/tar'));
    // The host has it for the kernel. By its path: what Buildroot installs comes first in PATH.
    const bison = join(this.#out, 'stand-in/bison/bin');
    await mkdir(bison, {recursive: true});
    await writeFile(join(bison, 'bison'), '#!/bin/sh\nexec /usr/bin/bison "$@"\n', {mode: 0o755});
    const header = join(this.#host, 'usr/include', this.#options.hostLibraries, 'sys/queue.h');
    await cp(header, join(this.#out, 'queue.h'), {dereference: true});
  }

  /** Meson is Python's, which the host has; ninja, which it calls, lies beside it. */
  async meson(): Promise<void> {
    const bin = join(this.#out, 'stand-in/meson/bin');
    await this.#program('usr/bin/ninja', join(bin, 'ninja'));
    await cp(join(this.#host, 'usr/lib/python3/dist-packages'), join(this.#out, 'host/meson'), {
      recursive: true,
    });
    await writeFile(join(bin, 'meson'), MESON, {mode: 0o755});
  }

  async #program(from: string, to: string, kind: 'host' | 'compiler' = 'host', name = ''): Promise<void> {
    await this.#wrapped(join(this.#host, from), to, kind, BEFORE[name] ?? '');
  }

  /**
   * A program at `to` with its wrapper. Stand-ins are copied by Buildroot, so the real programs lie in one place and are found
   * by an absolute path that the wrapper gets from its link, or from LEANOS_TOOLCHAIN.
   */
  async #wrapped(from: string, to: string, kind: 'host' | 'compiler' = 'host', before = ''): Promise<void> {
    const real = join(this.#out, 'host/bin', relative(this.#out, to).replaceAll('/', '-'));
    await mkdir(dirname(real), {recursive: true});
    await mkdir(dirname(to), {recursive: true});
    await cp(from, real, {dereference: true});
    await chmod(real, 0o755);
    const isStandIn = relative(this.#out, to).startsWith('stand-in/');
    const up = isStandIn ? '$LEANOS_TOOLCHAIN' : `\${p%/*}/${relative(dirname(to), this.#out)}`;
    const {hostLoader, muslFlags} = this.#options;
    const flags = ['-mmusl', ...muslFlags, '-static-libgcc'].join(' ');
    const start = `"$t/host/lib/${hostLoader}" --argv0 "$p" --library-path "$t/host/lib" "$t/host/bin/${basename(real)}"`;
    const text = [
      '#!/bin/sh',
      'p=$0',
      '[ ! -L "$p" ] || p=$(readlink -f "$p")',
      `t=${up}`,
      ...(before === '' ? [] : [before.trimEnd()]),
      ...(kind === 'compiler' ? sysrootLines(start) : []),
      `exec ${start}${kind === 'compiler' ? ` ${flags} $s` : ''} "$@"`,
    ];
    await writeFile(`${to}.new`, `${text.join('\n')}\n`, {mode: 0o755});
    await rename(`${to}.new`, to);
  }
}

/** GCC's own sysroot is /: the toolchain's takes its place unless another is asked for, and that is what it says when asked. */
const sysrootLines = (start: string): string[] => [
  's=--sysroot=$t/sysroot',
  'for a do case $a in --sysroot*) s= ;; esac; done',
  `[ "$*" != -v ] || { ${start} -v 2>&1 | sed "s# --with-sysroot=/ # --with-sysroot=$t/sysroot #" >&2; exit; }`,
];
