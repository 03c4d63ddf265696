import {dirname} from 'node:path';
import {parseTreeName, recipesIn} from '../../formats/external-tree.ts';
import type {FileTree} from '../../formats/file-tree.ts';
import {digestOf} from '../source-tree.ts';

/** What of a project's tree has a part in the build of one package alone, or shows in the configuration. */
const OF_PACKAGES = /^(package\/|Config\.in$)/;

/** A project's own BR2_EXTERNAL tree, by its files. */
export class ProjectTree {
  /** What external.desc calls it. */
  readonly name: string;
  /** The paths of its packages' recipes in it, by name. */
  readonly recipes: ReadonlyMap<string, string>;
  readonly #files: FileTree;

  constructor(files: FileTree) {
    const description = files.get('external.desc');
    const text = description?.type === 'file' ? description.data.toString() : '';
    this.name = parseTreeName(text)?.name ?? '';
    this.recipes = recipesIn(files.keys());
    this.#files = files;
  }

  /** The digest of what may have a part in every package: all but the packages. */
  get shared(): string {
    return this.#digest((path) => !OF_PACKAGES.test(path));
  }

  /** The digest of what it says of a package; empty where it has none of this name. */
  recipe(name: string): string {
    const recipe = this.recipes.get(name);
    return recipe === undefined ? '' : this.#digest((path) => path.startsWith(`${dirname(recipe)}/`));
  }

  #digest(isTaken: (path: string) => boolean): string {
    return digestOf(new Map([...this.#files].filter(([path]) => isTaken(path))));
  }
}
