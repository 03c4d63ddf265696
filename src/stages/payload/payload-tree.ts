import {readFile, writeFile} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {elfInterpreter, neededLibraries, parseElf} from '../../formats/elf.ts';
import {file, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {PAYLOAD_FILE} from './payload-file.ts';

export type PayloadTreeOptions = {
  /** Where files of the user land: the input that has each, its path and its mode. */
  readonly files: readonly {readonly input: string; readonly path: string; readonly mode: number}[];
};

/** The files of a payload that the lean Linux runs, as `tree.tar`: one input `file-N` for each. */
export const payloadTree = defineStage<PayloadTreeOptions, 'userland'>({
  name: 'payload-tree',
  revision: 1,
  tools: [],
  inputs: ['userland'],
  timeless: true,
  detail: ({files}) => files.map(({path}) => posix.basename(path)).join(', '),
  async build({options, inputs, out}) {
    const artifacts: Readonly<Record<string, string>> = inputs;
    const taken = options.files.map(async ({input, path, mode}): Promise<[string, Entry]> => {
      const data = await readFile(join(artifacts[input] ?? '', PAYLOAD_FILE));
      return [path, file(data, mode)];
    });
    const tree = new Map(await Promise.all(taken));
    mustHaveLibraries(tree, await readTree(inputs.userland, 'tree.tar'));
    await writeFile(join(out, 'tree.tar'), await encodeTar(tree, 0));
  },
});

/**
 * What programs among the files ask for is in the userland, or among the files. A loader is known by its name: packages have it below
 * /usr, and programs ask for it below /lib.
 */
function mustHaveLibraries(tree: FileTree, userland: FileTree): void {
  const names = new Set([...tree.keys(), ...userland.keys()].map((path) => posix.basename(path)));
  const lacking = [...tree].flatMap(([path, entry]) => {
    const missing = askedFor(entry).filter((name) => !names.has(posix.basename(name)));
    return missing.length === 0 ? [] : [`${posix.basename(path)} needs ${missing.join(', ')}`];
  });
  if (lacking.length === 0) return;
  throw new LeanosError('CONFIG_INVALID', `${lacking.join('; ')}: no package of the image has that`, {
    hint: 'packages: […] in its definition names the package that has it; or payload.files, the library itself',
  });
}

/** The loader and the libraries that a program asks for, by path and by soname. */
function askedFor(entry: Entry): string[] {
  const elf = entry.type === 'file' && (entry.mode & 0o111) !== 0 ? parseElf(entry.data) : undefined;
  const loader = elf === undefined ? undefined : elfInterpreter(elf);
  // Solo5's own programs name a loader that is nowhere, for nobody to start them by mistake.
  if (elf === undefined || loader === undefined || loader.startsWith('/nonexistent/')) return [];
  return [loader, ...neededLibraries(elf)];
}
