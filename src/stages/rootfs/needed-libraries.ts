import {posix} from 'node:path';
import {neededLibraries, parseElf} from '../../formats/elf.ts';
import type {FileTree} from '../../formats/file-tree.ts';

const LIBRARY = /^usr\/lib(64)?\/.*\.so(\.[\w.]+)?$/;
/** Where the dynamic loader looks: what lies elsewhere is loaded by its path while a program runs, and no file says it is needed. */
const LOADER_FOLDER = /^usr\/lib(64)?(\/[\w-]+-linux-\w+)?\/[^/]+$/;
/** What glibc loads for whoever ends threads (nptl/pthread_cancel.c of glibc): it aborts the program where that is not there. */
const THREAD_UNWINDER = 'libgcc_s.so.1';
const ENDS_THREADS = ['\0pthread_cancel\0', '\0pthread_exit\0'];
const LIBC = /^libc\.so\.[\d.]+$/; // it has these itself
const LOADER = /^ld(64|-linux)?[\w.-]*\.so/;

/**
 * The tree without the shared libraries that no program in it needs, directly or through another library. A library is
 * known by its soname, which is its file name or the name of a link to it. What programs may load by its path stays, unless
 * `keepsModules` is false: then the programs are known to load nothing so.
 */
export function withoutUnusedLibraries(tree: FileTree, {keepsModules = true} = {}): FileTree {
  const libraries = new Map(
    [...tree.keys()].filter((path) => LIBRARY.test(path)).map((path) => [baseName(path), path]),
  );
  const used = new Set<string>();
  const visit = (path: string): void => {
    const entry = tree.get(path);
    if (entry === undefined || used.has(path)) return;
    used.add(path);
    if (entry.type === 'symlink') visit(besides(path, entry.target));
    const elf = entry.type === 'file' ? parseElf(entry.data) : undefined;
    for (const name of elf === undefined ? [] : neededLibraries(elf)) visit(libraries.get(name) ?? '');
    if (entry.type === 'file' && elf !== undefined && endsThreads(baseName(path), entry.data))
      visit(libraries.get(THREAD_UNWINDER) ?? '');
  };
  for (const path of tree.keys()) if (!LIBRARY.test(path)) visit(path);
  const always = (path: string) => LOADER.test(baseName(path)) || (keepsModules && !LOADER_FOLDER.test(path));
  for (const path of tree.keys()) if (LIBRARY.test(path) && always(path)) visit(path);
  return new Map([...tree].filter(([path]) => !LIBRARY.test(path) || used.has(path)));
}

function endsThreads(name: string, program: Buffer): boolean {
  return !LIBC.test(name) && ENDS_THREADS.some((symbol) => program.includes(symbol));
}

function besides(path: string, target: string): string {
  if (target.startsWith('/')) return target.replace(/^\/(usr\/)?/, 'usr/');
  return posix.normalize(`${path.slice(0, path.lastIndexOf('/'))}/${target}`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
