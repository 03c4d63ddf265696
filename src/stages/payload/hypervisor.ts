import {writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {neededLibraries, parseElf} from '../../formats/elf.ts';
import {mergeTrees, movePaths, symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {withoutUnusedLibraries} from '../rootfs/needed-libraries.ts';
import {readPackages, type PackageOptions} from '../userland/packages.ts';

/** The file of the artifact that a bootloader starts. */
export const HYPERVISOR_FILE = 'hypervisor';
/** Xen itself, as a package has it, and what it becomes. */
const XEN = /^boot\/xen-[\d.]+-\w+\.gz$/;
/** What a lean dom0 needs of Xen's tools: no Python, no udev, no QEMU. A folder of Debian's is the version's: these are found by it. */
const PROGRAMS =
  /^usr\/(lib\/xen-[\d.]+\/bin\/(xl|xenstored|xenconsoled|xenconsole|xen-init-dom0)|bin\/xenstore)$/;
const LIBRARY = /^usr\/lib\/.*\.so/;

/**
 * Xen and the tools of its dom0, of Debian's packages: `hypervisor`, which a bootloader starts by Multiboot 2, and `tree.tar` with
 * `usr/lib/xen/` and the libraries, closed in itself. `packages.json` says of each what manifest and SBOM need.
 */
export const hypervisor = defineStage<PackageOptions, never>({
  name: 'hypervisor',
  revision: 3,
  tools: [],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    const packages = await readPackages({options, out, run, fetch});
    const all = mergeTrees(...packages.map(({tree}) => tree));
    const closed = withoutUnusedLibraries(movePaths(all, placeOf), {keepsModules: false});
    mustBeClosed(closed);
    const tools = new Map([...closed, ...loaderLinks(closed)]);
    await writeFile(join(out, HYPERVISOR_FILE), xenOf(all));
    await writeFile(join(out, 'tree.tar'), await encodeTar(tools, 0));
  },
});

function xenOf(all: FileTree): Buffer {
  const found = [...all].find(([path]) => XEN.test(path))?.[1];
  if (found?.type !== 'file')
    throw new LeanosError('COMMAND_FAILED', 'Debian’s package of Xen has no boot/xen-VERSION.gz');
  return found.data;
}

function placeOf(path: string): string | undefined {
  if (PROGRAMS.test(path)) return `usr/lib/xen/bin/${basename(path)}`;
  return LIBRARY.test(path) ? path : undefined;
}

/** Where a userland of another C library has the loader that programs name, `/lib64/…`: its `lib64` is `usr/lib`. */
function loaderLinks(tree: FileTree): [string, Entry][] {
  return [...tree.keys()].flatMap((path) => {
    const [, folder, name] = /^usr\/lib\/([^/]+)\/(ld-linux[\w.-]*\.so\.\d+)$/.exec(path) ?? [];
    return folder === undefined || name === undefined
      ? []
      : [[`usr/lib/${name}`, symlink(`${folder}/${name}`)]];
  });
}

/** A library that a later version of Xen needs is one more package: a build says so, rather than a guest. */
function mustBeClosed(tree: FileTree): void {
  const there = new Set([...tree.keys()].map((path) => basename(path)));
  for (const [path, entry] of tree) {
    const elf = entry.type === 'file' ? parseElf(entry.data) : undefined;
    const missing = (elf === undefined ? [] : neededLibraries(elf)).find((name) => !there.has(name));
    if (missing !== undefined)
      throw new LeanosError(
        'COMMAND_FAILED',
        `/${path} of Xen needs ${missing}, which none of its packages has`,
      );
  }
}
