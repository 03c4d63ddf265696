import {basename, dirname} from 'node:path';
import {variableName} from './buildroot.ts';

/** The folder of the tree, in what leanos brings and in a project. */
export const TREE_FOLDER = 'buildroot-overlays';
/** What Buildroot takes no BR2_EXTERNAL tree without (its manual, "Layout of a br2-external tree"). */
export const TREE_FILES = ['external.desc', 'Config.in', 'external.mk'] as const;

/** The name that a tree's external.desc gives it, and the line that does, from 1; `undefined` where none does. */
export function parseTreeName(
  description: string,
): {readonly name: string; readonly line: number} | undefined {
  const lines = description.split('\n');
  const at = lines.findIndex((line) => /^name: +\S/.test(line));
  if (at === -1) return undefined;
  return {name: lines[at]?.replace(/^name: +/, '').trim() ?? '', line: at + 1};
}

/** The recipes among the paths of a tree, `…/NAME/NAME.mk`, by the name of their package. */
export function recipesIn(paths: Iterable<string>): ReadonlyMap<string, string> {
  const recipes = [...paths].filter((path) => basename(path) === `${basename(dirname(path))}.mk`);
  return new Map(recipes.sort().map((path) => [basename(path, '.mk'), path]));
}

/** A recipe of one tree, and one of another whose variables and options are called the same. */
export interface Collision {
  readonly name: string;
  readonly recipe: string;
  readonly other: string;
}

/** The recipes that cannot be in one build with those of another tree. */
export function collisions(
  own: ReadonlyMap<string, string>,
  others: ReadonlyMap<string, string>,
): Collision[] {
  const taken = new Map([...others].map(([name, recipe]) => [variableName(name), recipe]));
  return [...own].flatMap(([name, recipe]) => {
    const other = taken.get(variableName(name));
    return other === undefined ? [] : [{name, recipe, other}];
  });
}

/** What to do about a package that is called as one of `whose` is. */
export function otherName({name, other}: Collision, whose: string): string {
  const variable = variableName(name);
  return `${whose} has a package of this name, ${other}; give yours another: folder, files, ${variable}_… and BR2_PACKAGE_${variable}`;
}
