import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, posix} from 'node:path';
import {processEnvironment, type BuildEnvironment} from '../../src/build/environment.ts';
import {prepareBuild, resolving, type PreparedBuild} from '../../src/build/prepare.ts';
import {stepDoors} from '../../src/build/step-doors.ts';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {loadImage} from '../../src/config/load-image.ts';
import {ARCHIVE_NAMES} from '../../src/core/archives.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {DEBIAN_GROUPS, DEBIAN_USERS} from '../../src/core/debian-accounts.ts';
import type {Account} from '../../src/formats/accounts.ts';
import {mergeTrees, movePaths, type Entry, type FileTree} from '../../src/formats/file-tree.ts';
import type {SpdxPackage} from '../../src/formats/spdx.ts';
import {execute} from '../../src/pipeline/execute.ts';
import {newestInputs} from '../../src/recipes/find-inputs.ts';
import {inputRequest} from '../../src/recipes/input-request.ts';
import {readTree} from '../../src/stages/read-tree.ts';
import {FACTORY} from '../../src/stages/rootfs/merged-usr.ts';
import type {UserlandOptions} from '../../src/stages/userland/debian-userland.ts';
import {readPackage} from '../../src/stages/userland/packages.ts';
import {twin} from '../../src/stages/userland/scripts/machine.ts';
import {mirrors} from '../../src/system/apt.ts';
import {AptPool} from '../../src/system/apt-pool.ts';
import {fetchFiles} from '../../src/system/fetch.ts';
import {temporary} from './temporary.ts';

/** A userland as a build leaves it, and its packages as they are packed. */
export interface SetUp {
  readonly packed: FileTree;
  readonly tree: FileTree;
  readonly accounts: readonly Account[];
  readonly facts: readonly SpdxPackage[];
}

/** Builds the userlands of images, in the store, and nothing more of them. */
export class SettingUp implements AsyncDisposable {
  readonly #project = temporary();
  readonly #env: BuildEnvironment;
  readonly #apts: AptPool;

  constructor() {
    mkdirSync(join(this.#project, 'images'));
    this.#define([]); // a folder with a definition is a project
    this.#env = {...processEnvironment(), workspace: workspace(process.env, this.#project)};
    const {environment, run} = this.#env;
    this.#apts = new AptPool({
      sources: (suite, architecture) =>
        debianSources({suite, architecture, archives: ARCHIVE_NAMES}, this.#env.workspace, environment),
      run,
      scratch: temporary(),
    });
  }

  /** What scripts leave of an image with these packages. */
  async of(packages: readonly string[]): Promise<SetUp> {
    const env = this.#env;
    this.#define(packages);
    const arch = hostArchitecture();
    const image = await loadImage({home: env.workspace.home.path, project: this.#project}, 'deeds');
    await newestInputs(inputRequest(image, arch), {...resolving(image, env), apts: this.#apts});
    return builtUserland(
      await prepareBuild({channel: 'alpha', image: 'deeds', arch: arch.name, out: 'out', locked: false}, env),
      env,
    );
  }

  #define(packages: readonly string[]): void {
    const definition = {extends: 'leanos/test', packages};
    writeFileSync(join(this.#project, 'images/deeds.yaml'), JSON.stringify(definition));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#apts[Symbol.asyncDispose]();
  }
}

async function builtUserland(
  {plan, store, request}: PreparedBuild,
  {workspace: {cache}, workspace: places, run, report}: BuildEnvironment,
): Promise<SetUp> {
  const step = plan.steps.find(({options}) => 'unscripted' in options);
  if (step === undefined) throw new Error(`no scripts are followed in ${request.image.name}`);
  const sources = debianSources({suite: '', archives: request.image.archives}, places, process.env);
  const common = {
    cache,
    sources,
    run,
    report,
    epoch: plan.epoch,
    compilerCache: undefined,
    userFiles: new Map<string, string>(),
  };
  await execute(Object.assign(Object.create(plan) as typeof plan, {steps: [step]}), {
    store,
    roots: [],
    report,
    doors: stepDoors(common),
    jobs: 1,
  });
  const {packages: pins} = step.options as UserlandOptions;
  const archives = await fetchFiles(pins, {folder: cache.downloads, run, mirrors: mirrors(sources)});
  const scratch = join(temporary(), 'package.tar');
  const trees: FileTree[] = [];
  for (const archive of archives) trees.push(await readPackage(archive, {run, scratch}));
  const folder = store.path(step);
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return {
    packed: movePaths(mergeTrees(...trees), twin),
    tree: movePaths(await readTree(folder, 'tree.tar'), (path) => twin(path.replace(`${FACTORY}/`, ''))),
    accounts: read('accounts.json') as Account[],
    facts: read('packages.json') as SpdxPackage[],
  };
}

/** A place at which a userland is other than its packages are. */
interface Change {
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry;
}

const isNew = ({before}: Change): boolean => before === undefined;
const isOther = ({before, after}: Change): boolean =>
  before?.type !== after.type ||
  before.mode !== after.mode ||
  before.uid !== after.uid ||
  before.gid !== after.gid ||
  hasCapabilities(after) !== hasCapabilities(before) ||
  (before.type === 'file' && after.type === 'file' && !before.data.equals(after.data));
const hasCapabilities = (entry: Entry | undefined): boolean => entry !== undefined && 'capabilities' in entry;

/** What is done to files, by kind, and whose kind a change is: the first one's. */
const KINDS: readonly (readonly [kind: string, is: (change: Change) => boolean])[] = [
  ['certificates in', ({path}) => path.startsWith('etc/ssl/certs')],
  ['capabilities of', ({before, after}) => hasCapabilities(after) && !hasCapabilities(before)],
  [
    'setuid or setgid:',
    ({before, after}) => after.type === 'file' && (after.mode & 0o6000) !== ((before?.mode ?? 0) & 0o6000),
  ],
  [
    'alternatives',
    (change) => isNew(change) && change.after.type === 'symlink' && /^usr\/bin\//.test(change.path),
  ],
  ['makes', isNew],
  [
    'writes',
    ({before, after}) => before?.type === 'file' && after.type === 'file' && !before.data.equals(after.data),
  ],
  ['owner and mode of', () => true],
];
/** What every machine has, and what is no part of an image. */
const EVERYWHERE =
  /^((run|srv|opt|root|home|usr\/lib\/leanos(\/factory)?|var(\/(backups|cache|lib|local|log|mail|opt|spool|tmp))?)$|tmp(\/|$))/;
/** So many of a kind are named. */
const NAMED = 3;

/** What was done for packages, by kind; each deed once. */
export function deedsOf({packed, tree, accounts, facts}: SetUp): ReadonlyMap<string, readonly string[]> {
  const changes = [...tree].flatMap(([path, after]): Change[] => {
    const change = {path, before: packed.get(path), after};
    return isOther(change) && !EVERYWHERE.test(path) ? [change] : [];
  });
  const made = new Set(changes.filter(isNew).map(({path}) => path));
  const deeds = new Map<string, string[]>();
  const add = (kind: string, name: string): void => void deeds.set(kind, [...(deeds.get(kind) ?? []), name]);
  const sandboxed = facts.filter(({sandboxed: own}) => own !== undefined);
  for (const {name} of sandboxed) add('in a sandbox: the scripts of', name);
  const users = new Set(accounts.map(({user}) => user));
  for (const {user, group} of accounts) {
    if (user === undefined && users.has(group)) continue;
    const [kind, name, known] =
      user === undefined ? ['group', group, DEBIAN_GROUPS] : ['account', user, DEBIAN_USERS];
    if (!(name in known)) add(kind, name);
  }
  for (const change of changes) {
    const [kind] = KINDS.find(([, is]) => is(change)) ?? [''];
    if (kind === 'certificates in') deeds.set(kind, ['/etc/ssl/certs']);
    else if (kind === 'alternatives') add(kind, posix.basename(change.path));
    else if (!isNew(change) || !made.has(posix.dirname(change.path))) add(kind, `/${change.path}`);
  }
  return deeds;
}

/** Deeds in a line for people, without those that another image has as well. */
export function toldDeeds(
  deeds: ReadonlyMap<string, readonly string[]>,
  without: ReadonlyMap<string, readonly string[]>,
): string {
  const told = [...deeds].flatMap(([kind, names]) => {
    const own = names.filter((name) => without.get(kind)?.includes(name) !== true);
    const more = own.length > NAMED ? ` and ${own.length - NAMED} more` : '';
    return own.length === 0 ? [] : [`${kind} ${own.slice(0, NAMED).join(', ')}${more}`];
  });
  return told.length === 0 ? 'nothing' : told.join('; ');
}
