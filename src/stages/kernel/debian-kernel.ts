import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {suggest} from '../../core/suggest.ts';
import {loadedPart, parseElf} from '../../formats/elf.ts';
import type {Entry, FileTree} from '../../formats/file-tree.ts';
import {
  decodeModuleInfo,
  leanModule,
  moduleName,
  moduleNameOfFile,
  type PlacedModule,
} from '../../formats/kernel-modules.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';
import type {Run} from '../../system/run.ts';
import {readPackage} from '../userland/packages.ts';
import {modulesTree, usrModulesTree} from './modules-tree.ts';

export type DebianKernelOptions = {
  readonly packages: readonly PackagePin[];
  /** Names of the modules that the initramfs gets; what they need comes along. */
  readonly bootModules: readonly string[];
  /** Names of the modules that /usr gets. */
  readonly usrModules: readonly string[];
};

/**
 * Debian's kernel package as files: `vmlinuz`, `config`, `release` (the kernel's release, one line), and the modules that
 * the image asked for, uncompressed (the image compresses them better together) with modules.dep and modules.alias:
 * `boot-modules.tar` for the initramfs, `usr-modules.tar` for /usr, which leaves out what the initramfs hands over.
 */
export const debianKernel = defineStage<DebianKernelOptions, never>({
  name: 'debian-kernel',
  revision: 3,
  tools: ['xz'],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    const [archive = ''] = await fetch(options.packages);
    const tree = await readPackage(archive, {run, scratch: join(out, '.package.tar')});
    const {image, release} = kernelImage(tree);
    await writeFile(join(out, 'release'), `${release}\n`);
    await writeFile(join(out, 'vmlinuz'), leanKernel(fileAt(tree, image)));
    await writeFile(join(out, 'config'), fileAt(tree, `boot/config-${release}`));
    const modules = new ModuleFiles(tree, {run, scratch: join(out, '.modules')});
    const boot = await modules.withDependencies(options.bootModules);
    const usr = await modules.withDependencies(options.usrModules);
    await writeFile(join(out, 'boot-modules.tar'), await encodeTar(modulesTree(release, boot), 0));
    await writeFile(join(out, 'usr-modules.tar'), await encodeTar(usrModulesTree(release, {boot, usr}), 0));
    await modules.close();
  },
});

/** Debian calls a kernel that decompresses itself vmlinuz, any other vmlinux. */
function kernelImage(tree: FileTree): {readonly image: string; readonly release: string} {
  for (const image of tree.keys()) {
    const release = /^boot\/vmlinu[xz]-(.+)/.exec(image)?.[1];
    if (release !== undefined) return {image, release};
  }
  throw new LeanosError('CONFIG_INVALID', 'the kernel package has neither boot/vmlinuz-* nor boot/vmlinux-*');
}

/** Of an ELF no more than what is loaded: the symbols are an eighth of it. */
function leanKernel(kernel: Buffer): Buffer {
  const elf = parseElf(kernel);
  return elf === undefined ? kernel : loadedPart(elf);
}

function fileAt(tree: FileTree, path: string): Buffer {
  const found = tree.get(path);
  if (found?.type !== 'file') throw new LeanosError('CONFIG_INVALID', `the kernel package has no ${path}`);
  return found.data;
}

/** The modules of a kernel package, decompressed when they are first asked for. */
class ModuleFiles {
  readonly #compressed = new Map<string, {path: string; entry: Entry}>();
  readonly #builtin: ReadonlySet<string>;
  readonly #ready = new Map<string, PlacedModule & {readonly data: Buffer}>();
  readonly #run: Run;
  readonly #scratch: string;

  constructor(tree: FileTree, {run, scratch}: {run: Run; scratch: string}) {
    this.#run = run;
    this.#scratch = scratch;
    this.#builtin = builtinModules(tree);
    for (const [path, entry] of tree) {
      if (entry.type === 'file' && /\.ko(\.xz)?$/.test(path))
        this.#compressed.set(moduleNameOfFile(path), {path, entry});
    }
  }

  /** The modules and all they need, sorted by path. A module that is built into the kernel needs no file. */
  async withDependencies(names: readonly string[]): Promise<(PlacedModule & {data: Buffer})[]> {
    const found = new Map<string, PlacedModule & {data: Buffer}>();
    let wave = names.map(moduleName);
    while (wave.length > 0) {
      const wanted = wave.filter((name) => !found.has(name) && !this.#builtin.has(name));
      await this.#decompress(wanted);
      for (const name of wanted) found.set(name, this.#get(name));
      wave = wanted.flatMap((name) => [...this.#get(name).info.depends]);
    }
    return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async close(): Promise<void> {
    await this.#run(['rm', '-rf', this.#scratch]);
  }

  /** Debian compresses modules since its release 13. */
  async #decompress(names: readonly string[]): Promise<void> {
    const wanted = [...new Set(names)]
      .filter((name) => !this.#ready.has(name))
      .map((name) => this.#source(name));
    await mkdir(this.#scratch, {recursive: true});
    const files = wanted.map(({path}) => join(this.#scratch, basename(path)));
    for (const [index, {entry}] of wanted.entries())
      await writeFile(files[index] ?? '', entry.type === 'file' ? entry.data : '');
    const compressed = files.filter((file) => file.endsWith('.xz'));
    if (compressed.length > 0) await this.#run(['xz', '--decompress', '--quiet', ...compressed]);
    for (const file of files) await this.#keep(file.replace(/\.xz$/, ''));
  }

  async #keep(file: string): Promise<void> {
    const data = await readFile(file);
    const name = moduleNameOfFile(file);
    const path = this.#source(name)
      .path.replace(/^(usr\/)?lib\/modules\/[^/]+\//, '')
      .replace(/\.xz$/, '');
    this.#ready.set(name, {path, info: {...decodeModuleInfo(data), name}, data: leanModule(data)});
  }

  #source(name: string): {path: string; entry: Entry} {
    const found = this.#compressed.get(name);
    if (found !== undefined) return found;
    const near = suggest(name, [...this.#compressed.keys()]);
    throw new LeanosError(
      'CONFIG_INVALID',
      `the kernel has no module '${name}'${near === undefined ? '' : `; did you mean '${near}'?`}`,
    );
  }

  #get(name: string): PlacedModule & {data: Buffer} {
    const module = this.#ready.get(name);
    if (module === undefined) throw new Error(`module ${name} was not decompressed`);
    return module;
  }
}

function builtinModules(tree: FileTree): ReadonlySet<string> {
  const list = [...tree].find(([path]) => path.endsWith('/modules.builtin'))?.[1];
  const text = list?.type === 'file' ? list.data.toString('utf8') : '';
  return new Set(text.split('\n').map(moduleNameOfFile));
}
