import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {busyboxApplets} from '../../formats/busybox.ts';
import {encodeCpio} from '../../formats/cpio.ts';
import {elfInterpreter, parseElf} from '../../formats/elf.ts';
import {
  directory,
  file,
  mergeTrees,
  movePaths,
  symlink,
  type Entry,
  type FileTree,
} from '../../formats/file-tree.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {rootSkeleton} from '../root-skeleton.ts';

export type InitramfsOptions = {
  readonly compression: 'zstd' | 'xz' | 'lz4' | 'gzip' | 'none';
  /** Whether /usr has the same BusyBox, so that the one that is in memory can take its place. */
  readonly handOver: boolean;
  /** Whether BusyBox's shell finds applets by links only, as one does that lets the programs of packages come first. */
  readonly links: boolean;
  /** The name of the login user, for whom a home is there from the first boot on. */
  readonly user: string;
};

const FOLDERS = ['dev', 'proc', 'sys', 'run', 'newroot', 'tmp', 'etc'];

/** What each compressor is told; the kernel's xz decoder knows no other check than crc32 (Documentation/staging/xz.rst). */
const COMPRESSORS: Readonly<Record<InitramfsOptions['compression'], readonly [string, ...string[]]>> = {
  // Level 18 with smaller tables (zstd(1), ADVANCED COMPRESSION OPTIONS), for the time of a build (`bench -- build`);
  // the number of threads does not show in the bytes.
  zstd: ['zstd', '-18', '--zstd=strat=7,hlog=16,clog=18,slog=3,tlen=48', '-T2', '--quiet', '--stdout'],
  xz: ['xz', '--check=crc32', '--lzma2=preset=9e,dict=2MiB', '--stdout'],
  lz4: ['lz4', '-l', '-12', '--quiet', '--stdout'],
  gzip: ['gzip', '-9', '--no-name', '--stdout'],
  none: ['cat'],
};

/** The initramfs of the disk, `initramfs`: BusyBox, /init, and the modules that reach the disk. */
export const initramfs = defineStage<InitramfsOptions, 'busybox' | 'kernel' | 'scripts' | 'shared'>({
  name: 'initramfs',
  revision: 11,
  tools: ['zstd', 'xz', 'lz4', 'gzip'],
  inputs: ['busybox', 'kernel', 'scripts', 'shared'],
  async build({options, inputs, out, run, epoch}) {
    const tree = mergeTrees(
      new Map(FOLDERS.map((path): [string, Entry] => [path, directory()])),
      movePaths(rootSkeleton(options.user), (path) => `skeleton/${path}`),
      busyboxOnly(await readTree(inputs.busybox, 'tree.tar'), options.links),
      await readTree(inputs.kernel, 'boot-modules.tar'),
      await readTree(inputs.shared, 'tree.tar'),
      await readTree(inputs.scripts, 'tree.tar'),
      await programsOf(inputs),
      options.handOver ? new Map([['hand-over', file('')]]) : new Map(),
    );
    const archive = join(out, '.initramfs.cpio');
    await writeFile(archive, encodeCpio(tree, epoch));
    await run(COMPRESSORS[options.compression], {inputFile: archive, outputFile: join(out, 'initramfs')});
    await rm(archive);
  },
});

/** The guest's own programs, where the architecture has them. */
async function programsOf(inputs: Readonly<Record<string, string>>): Promise<FileTree> {
  const {programs} = inputs;
  return programs === undefined ? new Map() : readTree(programs, 'tree.tar');
}

/**
 * An initramfs that holds /usr as well and so boots without a disk, `initramfs`: the kernel takes archives one after
 * another.
 */
export const initramfsRam = defineStage<Record<string, never>, 'initramfs' | 'usr'>({
  name: 'initramfs-ram',
  revision: 2,
  tools: [],
  inputs: ['initramfs', 'usr'],
  async build({inputs, out, epoch}) {
    const small = await readFile(join(inputs.initramfs, 'initramfs'));
    const usr = await readFile(join(inputs.usr, 'usr.img'));
    const archive = encodeCpio(
      new Map([['usr.img', {type: 'file', data: usr, mode: 0o444, uid: 0, gid: 0}]]),
      epoch,
    );
    await writeFile(join(out, 'initramfs'), Buffer.concat([small, gapAfter(small), archive]));
  },
});

/**
 * What stands between two archives: zeros up to a multiple of four bytes, as initramfs buffer format has it, and four at
 * least, which is how the kernel's lz4 decoder knows that no block follows (lib/decompress_unlz4.c).
 */
export function gapAfter(archive: Buffer): Buffer {
  return Buffer.alloc(4 + (-archive.length & 3));
}

/** The initramfs has no libraries: a kernel finds no init whose loader is not there. */
function mustBeStatic(busybox: Buffer): void {
  const elf = parseElf(busybox);
  const loader = elf === undefined ? undefined : elfInterpreter(elf);
  if (loader === undefined) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    `BusyBox is started by ${loader}, and an initramfs has no libraries: a static one is needed`,
    {hint: 'busybox.fragments must leave CONFIG_STATIC=y'},
  );
}

/**
 * BusyBox as it is handed over to the guest, where nobody gets rights by it: Buildroot's is setuid. One that prefers its applets
 * runs them without links (Debian's static build does): then `sh` for /init is enough.
 */
export function busyboxOnly(packages: FileTree, links: boolean): FileTree {
  const binary = packages.get('usr/bin/busybox') ?? packages.get('bin/busybox');
  if (binary?.type !== 'file') throw new Error('the packages of the initramfs have no BusyBox');
  mustBeStatic(binary.data);
  const applets = links ? busyboxApplets(binary.data) : ['sh'];
  return new Map([
    ['bin/busybox', {...binary, mode: 0o755}],
    ...applets.map((name): [string, Entry] => [`bin/${name}`, symlink('busybox')]),
  ]);
}
