import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import type {Places} from '../config/places.ts';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import {
  collisions,
  otherName,
  parseTreeName,
  recipesIn,
  TREE_FILES,
  TREE_FOLDER,
} from '../formats/external-tree.ts';
import type {SourceFolder} from '../recipes/buildroot.ts';

/** What Buildroot sees of a project's tree; what else is in it are overlays. */
const SEEN = String.raw`^(external\.(desc|mk)|Config\.in|(board|linux|package|patches|provides|src|toolchain)/.*)$`;
const DESCRIPTION = 'external.desc';
/** What the tree of leanos is called. */
const OURS = 'LEANOS';
const EXAMPLE = 'name: WEB';

/**
 * The BR2_EXTERNAL tree of a project; `undefined` where it has none, or overlays alone.
 * @throws LeanosError CONFIG_INVALID with all that keeps it from being in one build with leanos' own
 */
export async function projectTree(
  {home, project}: Places,
  source: (folder: string, only: string) => Promise<SourceFolder>,
): Promise<SourceFolder | undefined> {
  if (home === project) return undefined;
  const top = join(project, TREE_FOLDER);
  const names: string[] = await readdir(top).catch(() => []);
  const recipes = recipesIn(await pathsIn(join(top, 'package'), top));
  if (recipes.size === 0 && !TREE_FILES.some((name) => names.includes(name))) return undefined;
  const wrong = [
    ...TREE_FILES.filter((name) => !names.includes(name)).map(missing),
    ...(names.includes(DESCRIPTION) ? wrongName(await readFile(join(top, DESCRIPTION), 'utf8')) : []),
    ...collisions(recipes, await leanosRecipes(home)).map((collision) =>
      diagnostic(collision.recipe, 1, otherName(collision, 'leanos')),
    ),
  ];
  if (wrong.length > 0) throw configError(wrong);
  return source(TREE_FOLDER, SEEN);
}

function missing(name: string): Diagnostic {
  const how = name === DESCRIPTION ? ` one line in it is its name: "${EXAMPLE}"` : ' it may be empty';
  return diagnostic(name, 1, `there is no such file, and Buildroot takes no tree without it;${how}`);
}

function wrongName(description: string): Diagnostic[] {
  const found = parseTreeName(description);
  if (found === undefined)
    return [diagnostic(DESCRIPTION, 1, `the tree has no name; a line gives it one: "${EXAMPLE}"`)];
  const {name, line} = found;
  if (name === OURS)
    return [diagnostic(DESCRIPTION, line, `name: ${OURS} is the tree of leanos; give yours another name`)];
  if (!/^\w+$/.test(name))
    return [diagnostic(DESCRIPTION, line, `name: "${name}" is no name: letters, digits and _ are`)];
  return [];
}

async function leanosRecipes(home: string): Promise<ReadonlyMap<string, string>> {
  const found = recipesIn(await pathsIn(join(home, TREE_FOLDER, 'package'), home));
  return new Map([...found].map(([name, recipe]) => [name, `leanos/${recipe}`]));
}

async function pathsIn(folder: string, from: string): Promise<string[]> {
  const found = await readdir(folder, {recursive: true}).catch(() => []);
  return found.map((path) => relative(from, join(folder, path)));
}

function diagnostic(name: string, line: number, message: string): Diagnostic {
  return {file: `${TREE_FOLDER}/${name}`, line, column: 1, path: '', message};
}
