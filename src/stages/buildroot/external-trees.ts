import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {configError} from '../../core/diagnostic.ts';
import {collisions, otherName, recipesIn, TREE_FOLDER} from '../../formats/external-tree.ts';
import type {Run} from '../../system/run.ts';
import {readTree} from '../read-tree.ts';
import {ProjectTree} from './project-tree.ts';

/** Where Buildroot's own recipes are. */
const RECIPE_FOLDERS = ['package', 'boot', 'fs', 'linux', 'system', 'toolchain'];
/** The artifacts with leanos' own tree, and with the project's where it has one. */
export interface TreeInputs {
  readonly external: string;
  readonly project?: string | undefined;
}

export async function readProject({project}: TreeInputs): Promise<ProjectTree | undefined> {
  return project === undefined ? undefined : new ProjectTree(await readTree(project, 'tree.tar'));
}

/** The BR2_EXTERNAL trees that a build sees, in folders of its own: leanos' own, and the project's where it has one. */
export class ExternalTrees {
  readonly own: string;
  readonly project: ProjectTree | undefined;
  readonly #projectFolder: string;

  private constructor(work: string, project: ProjectTree | undefined) {
    this.own = join(work, 'external');
    this.#projectFolder = join(work, 'project');
    this.project = project;
  }

  /** Unpacks the trees below `work`. The times of their files are the same each time, so make sees no change where there is none. */
  static async unpack(
    work: string,
    {inputs, run}: {readonly inputs: TreeInputs; readonly run: Run},
  ): Promise<ExternalTrees> {
    const trees = new ExternalTrees(work, await readProject(inputs));
    for (const folder of [trees.own, trees.#projectFolder]) await rm(folder, {recursive: true, force: true});
    const artifacts = [inputs.external, ...(inputs.project === undefined ? [] : [inputs.project])];
    for (const [index, folder] of trees.folders.entries()) {
      await mkdir(folder, {recursive: true});
      const archive = join(artifacts[index] ?? '', 'tree.tar');
      await run(['tar', '--extract', `--file=${archive}`, `--directory=${folder}`]);
    }
    return trees;
  }

  /** Their folders, leanos' first. */
  get folders(): readonly string[] {
    return this.project === undefined ? [this.own] : [this.own, this.#projectFolder];
  }

  /** Where a path is that a Config.in names, seen from Buildroot's folder unless it begins with the variable of a tree. */
  place(path: string, buildroot: string): string {
    const variables: [string, string][] = [['LEANOS', this.own]];
    if (this.project !== undefined) variables.push([this.project.name, this.#projectFolder]);
    const found = variables.find(([name]) => path.startsWith(`$BR2_EXTERNAL_${name}_PATH/`));
    if (found === undefined) return path.startsWith('/') ? path : join(buildroot, path);
    const [name, folder] = found;
    return path.replace(`$BR2_EXTERNAL_${name}_PATH`, folder);
  }

  /** @throws LeanosError CONFIG_INVALID for packages of the project's that are called as some of Buildroot's */
  async checkNames(buildroot: string, run: Run): Promise<void> {
    if (this.project === undefined) return;
    const folders = RECIPE_FOLDERS.map((name) => join(buildroot, name));
    const found = (await run(['find', ...folders, '-name', '*.mk'])).split('\n');
    const theirs = recipesIn(found.map((path) => path.slice(buildroot.length + 1)));
    const wrong = collisions(this.project.recipes, theirs).map((collision) => ({
      file: `${TREE_FOLDER}/${collision.recipe}`,
      line: 1,
      column: 1,
      path: '',
      message: otherName(collision, 'Buildroot'),
    }));
    if (wrong.length > 0) throw configError(wrong);
  }
}
