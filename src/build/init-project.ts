import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {NAME} from '../core/names.ts';
import {renderTemplate} from './template.ts';
import type {Workspace} from './workspace.ts';

const TEMPLATES = 'src/build/project-template';

/** What a project begins with: each file, and the template that it is made from. */
const files = (name: string): Readonly<Record<string, string>> => ({
  [`images/${name}.yaml`]: 'image.yaml',
  [`overlays/${name}/etc/motd`]: 'motd',
  'channels/alpha.yaml': 'alpha.yaml',
  'channels/beta.yaml': 'beta.yaml',
  'channels/stable.yaml': 'stable.yaml',
  [`test/${name}.test.ts`]: 'image.test.ts',
  '.github/workflows/image.yaml': 'workflow.yaml',
  'package.json': 'package.json',
  '.gitignore': 'gitignore',
  Vagrantfile: 'vagrantfile',
});

/** A project that was begun. */
export interface NewProject {
  readonly folder: string;
  /** Of the project and of its image: the folder's. */
  readonly name: string;
  /** Paths in the folder. */
  readonly written: readonly string[];
  /** What was there already, and is as it was. */
  readonly kept: readonly string[];
  /** The packages of npm that it calls, and that a package.json which was there does not name. */
  readonly lacks: readonly string[];
}

/** What the test and the workflow of a project call. */
const CALLED = ['leanos', 'vitest'];

/** Begins a project in a folder, which need not be there. Overwrites nothing. @throws LeanosError USAGE for a name that is none */
export async function initProject(path: string, {home, version}: Workspace): Promise<NewProject> {
  const folder = resolve(path);
  const name = basename(folder);
  if (!NAME.test(name)) {
    throw new LeanosError(
      'USAGE',
      `the folder's name becomes the image's, and "${name}" cannot: small letters, digits and "-" are needed, a letter or a digit first`,
      {hint: `leanos init ${suggested(name)}     would do`},
    );
  }
  const written: string[] = [];
  const kept: string[] = [];
  for (const [file, template] of Object.entries(files(name))) {
    const source = join(home.path, TEMPLATES, `${template}.hbs`);
    const text = await renderTemplate(source, {name, version, arch: hostArchitecture().name});
    ((await writeNew(join(folder, file), text)) ? written : kept).push(file);
  }
  return {folder, name, written, kept, lacks: await lacking(join(folder, 'package.json'))};
}

async function lacking(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return CALLED.filter((name) => !text.includes(`"${name}":`));
}

/** A name like the one that was asked for. */
function suggested(name: string): string {
  const like = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return like === '' ? 'my-image' : like;
}

/** Whether there was no such file yet. */
async function writeNew(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), {recursive: true});
  try {
    await writeFile(path, text, {flag: 'wx'});
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
