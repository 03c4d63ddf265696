import {readdir, readFile, readlink, stat, writeFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {sha256} from '../core/canonical.ts';
import {LeanosError} from '../core/error.ts';
import {bareScript, isScript} from '../formats/bare-script.ts';
import {file, symlink, type Entry, type FileTree} from '../formats/file-tree.ts';
import {encodeTar} from '../formats/tar.ts';
import {defineStage, type SourceRoot} from '../pipeline/stage.ts';

/** A folder of leanos or of the project, by its path in it, and the digest of what it held when the plan was made. */
export type SourceTreeOptions = {
  readonly folder: string;
  readonly digest: string;
  /** A pattern of the paths that are taken; absent: all. */
  readonly only?: string;
  /** The files that may be run, where the checkout's own modes say nothing; absent: the modes say it. */
  readonly executable?: readonly string[];
  /** Scripts lose their comments. */
  readonly bare?: true;
};

/** Brings a folder of sources into the store as `tree.tar`. Modes are 0755 or 0644, as git keeps them. */
export const sourceTree = defineStage<SourceTreeOptions, never>({
  name: 'source-tree',
  revision: 2,
  tools: [],
  inputs: [],
  timeless: true,
  detail: ({folder}) => folder,
  async build({options, out, roots}) {
    const trees = await Promise.all(roots.map((root) => readSourceTree(root, options.folder, options)));
    const tree = trees.find((each) => digestOf(each) === options.digest);
    if (tree === undefined) {
      throw new LeanosError('FILE', `${options.folder} changed while it was being built`, {
        hint: 'leanos build     once more takes it as it is now',
      });
    }
    await writeFile(join(out, 'tree.tar'), await encodeTar(options.bare === true ? bareTree(tree) : tree, 0));
  },
});

type Taken = Pick<SourceTreeOptions, 'only' | 'executable'>;

/** The digest of a folder of sources: of its paths, contents and run bits, not of owners, times or umask. */
export async function digestSourceTree(root: SourceRoot, folder: string, taken: Taken = {}): Promise<string> {
  return digestOf(await readSourceTree(root, folder, taken));
}

async function readSourceTree(
  {path: root, links = {}, executable: known}: SourceRoot,
  folder: string,
  {only = '', executable = known && below(folder, known)}: Taken,
): Promise<FileTree> {
  const top = join(root, folder);
  const found = await readdir(top, {recursive: true, withFileTypes: true}).catch(() => []);
  const paths = found.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  const entries = await Promise.all(
    paths.map(async (entry): Promise<[string, Entry]> => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(top, path);
      if (entry.isSymbolicLink()) return [name, symlink(await readlink(path))];
      return [name, await readSource(path, executable?.includes(name))];
    }),
  );
  for (const name of below(folder, Object.keys(links)))
    entries.push([name, symlink(links[`${folder}/${name}`] ?? '')]);
  const pattern = new RegExp(only);
  return new Map(entries.filter(([path]) => pattern.test(path)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The paths in a folder, seen from it. */
export function below(folder: string, paths: readonly string[]): string[] {
  const start = `${folder}/`;
  return paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
}

async function readSource(path: string, known: boolean | undefined): Promise<Entry> {
  const [data, {mode}] = await Promise.all([readFile(path), stat(path)]);
  return file(data, (known ?? (mode & 0o100) !== 0) ? 0o755 : 0o644);
}

function bareTree(tree: FileTree): FileTree {
  return new Map(
    [...tree].map(([path, entry]): [string, Entry] => {
      if (entry.type !== 'file') return [path, entry];
      const text = entry.data.toString('latin1');
      return [path, isScript(path, text) ? {...entry, data: Buffer.from(bareScript(text), 'latin1')} : entry];
    }),
  );
}

/** The digest of what a tree holds: of its paths, contents and modes. */
export function digestOf(tree: FileTree): string {
  const lines = [...tree].map(([path, entry]) => {
    const content = entry.type === 'file' ? sha256(entry.data) : entry.type === 'symlink' ? entry.target : '';
    return `${entry.type} ${entry.mode.toString(8)} ${content} ${path}\n`;
  });
  return sha256(lines.join(''));
}
