import {appendFile, mkdir, readFile, readlink, rename, rm, stat, writeFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {
  parseFailedPackage,
  parseHashes,
  parseShowInfo,
  parseShowVars,
  type BuildrootPackage,
} from '../../formats/buildroot.ts';
import {notKept, parseConfig, type Symbols} from '../../formats/kconfig.ts';
import type {BuildContext, Options} from '../../pipeline/stage.ts';
import {SOURCE_LINK, SOURCE_TAR} from './buildroot-source.ts';
import {ExternalTrees, type TreeInputs} from './external-trees.ts';
import {fetchFromDebian, type DebianPackages} from './from-debian.ts';
import {Progress} from './progress.ts';
import {KconfigFiles, lostSymbols} from './why-not-kept.ts';

/** What both builds by Buildroot are told. */
export type BuildrootOptions = {
  /** Debian's folder name of the target, as `leanos --arch` has it. */
  readonly arch: string;
  /** The configuration (stages/buildroot/defconfig.hbs), without a path of this machine. */
  readonly defconfig: string;
  /** The user's own changes of a configuration, joined; null: none. */
  readonly fragment: string | null;
  /** `upstream`, `debian`, or the address of a mirror. */
  readonly sources: string;
};

type Context = Pick<
  BuildContext<Options, 'source' | 'external' | 'toolchain'>,
  'run' | 'fetch' | 'progress' | 'note' | 'debianSources' | 'compilerCache'
> & {readonly inputs: TreeInputs & Readonly<Record<'source' | 'toolchain', string>>};

/** 2013-07-01, the day that versions count from: what is built does not depend on the day it is built. */
const EPOCH = 1_372_636_800;
/** Lines of a failed build that are worth a look. */
const TAIL_LINES = 25;

/** Buildroot with an output folder of its own below `work`, which it goes on from the next time. */
export class BuildrootRun {
  /** Buildroot itself; nothing is written into it. */
  readonly folder: string;
  /** Buildroot's output folder. */
  readonly out: string;
  readonly trees: ExternalTrees;
  readonly #work: string;
  readonly #context: Context;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(folder: string, work: string, {trees, ...context}: Context & {trees: ExternalTrees}) {
    this.folder = folder;
    this.trees = trees;
    this.out = join(work, 'out');
    this.#work = work;
    this.#context = context;
    this.#environment = {
      LEANOS_TOOLCHAIN: context.inputs.toolchain,
      LEANOS_DOWNLOADS: join(work, 'downloads'),
      LEANOS_CCACHE: join(work, '../ccache'),
      LEANOS_LINUX: join(work, 'linux'),
      LEANOS_FRAGMENTS: join(work, 'fragments'),
      ...(context.compilerCache === undefined ? {} : {CCACHE_REMOTE_STORAGE: context.compilerCache}),
      SOURCE_DATE_EPOCH: String(EPOCH),
      FORCE_UNSAFE_CONFIGURE: '1', // as root, in a container: GNU tar's configure asks for it
    };
  }

  /** Unpacks Buildroot and the external trees into `work`, where they are not there yet. */
  static async open(work: string, context: Context): Promise<BuildrootRun> {
    const {inputs, run} = context;
    const link = await readlink(join(inputs.source, SOURCE_LINK)).catch(() => undefined);
    const own = join(work, 'buildroot');
    if (link === undefined && !(await exists(own))) {
      await rm(`${own}.new`, {recursive: true, force: true});
      await mkdir(`${own}.new`, {recursive: true});
      await run(['tar', '--extract', `--file=${join(inputs.source, SOURCE_TAR)}`, `--directory=${own}.new`]);
      await rename(`${own}.new`, own);
    }
    const folder = link ?? own;
    const trees = await ExternalTrees.unpack(work, context);
    await trees.checkNames(folder, run);
    return new BuildrootRun(folder, work, {...context, trees});
  }

  /** Writes the configuration, and tells what of it did not stick before anything is built. */
  async configure({defconfig, fragment}: BuildrootOptions, fragmentName: string): Promise<Symbols> {
    await mkdir(join(this.#work, 'fragments'), {recursive: true});
    await writeWhenOther(join(this.#work, 'fragments', fragmentName), fragment ?? '');
    const file = join(this.#work, 'defconfig');
    await writeFile(file, defconfig);
    await this.#make([`BR2_DEFCONFIG=${file}`, 'defconfig']);
    const final = parseConfig(await readFile(join(this.out, '.config'), 'utf8'));
    const lost = notKept(parseConfig(defconfig), final);
    if (lost.length > 0) {
      const {folder, trees} = this;
      throw await lostSymbols(lost, {final, folder, trees, run: this.#context.run});
    }
    return final;
  }

  /**
   * The packages of the configuration, and the values of variables of theirs, by one make: reading Buildroot's recipes takes
   * it seconds. A variable that no package gives a value is not among them.
   */
  async describe(
    variables: readonly string[],
  ): Promise<{packages: BuildrootPackage[]; values: Readonly<Record<string, string>>}> {
    const said = await this.#make([
      '--no-print-directory',
      '-s',
      'show-info',
      'show-vars',
      `VARS=${variables.join(' ')}`,
    ]);
    // show-info says it all on one line.
    const end = said.indexOf('\n');
    return {packages: parseShowInfo(said.slice(0, end)), values: parseShowVars(said.slice(end))};
  }

  /** The sha256 of every source file that Buildroot and the external trees know, by file name. */
  async hashes(): Promise<ReadonlyMap<string, string>> {
    const folders = [this.folder, ...this.trees.folders];
    return parseHashes(await this.#context.run(['grep', '-rhE', '^sha256', '--include=*.hash', ...folders]));
  }

  /** The packages as Buildroot itself has them, without what the override files change. */
  async describeRecipes(): Promise<BuildrootPackage[]> {
    return parseShowInfo(
      await this.#make(['--no-print-directory', '-s', 'BR2_PACKAGE_OVERRIDE_FILE=', 'show-info']),
    );
  }

  /** With `sources: debian`: brings the sources here that Buildroot would download; without it changes nothing. */
  async fetchSources(packages: readonly BuildrootPackage[], sources: string): Promise<DebianPackages> {
    if (sources !== 'debian') return {packages: [...packages], recipes: new Map()};
    const {debianSources, fetch, note} = this.#context;
    return fetchFromDebian(packages, {buildroot: this, ...debianSources, fetch, note});
  }

  /** A folder of this build's own copy of the external tree. */
  boardFolder(name: string): string {
    return join(this.trees.own, 'board', name);
  }

  /** Adds to a file of this build's own copy of the external tree. */
  async addToBoard(name: string, text: string): Promise<void> {
    await appendFile(this.boardFolder(name), text);
  }

  /** Lays a source file where Buildroot would download it to. */
  async placeDownload(name: string, file: string, path: string): Promise<void> {
    const folder = join(this.#work, 'downloads', name);
    await mkdir(folder, {recursive: true});
    await this.#context.run(['cp', '--reflink=auto', path, join(folder, file)]);
  }

  /** Builds targets, and says which package is at work, how many there are, and how long the rest took the last time. */
  async build(
    targets: readonly string[],
    plan: {readonly count: number; readonly last: Readonly<Record<string, number>>},
  ): Promise<void> {
    const progress = new Progress(plan, this.#context.progress);
    const jobs = `-j${availableParallelism()}`;
    let failed: string | undefined;
    try {
      await this.#make([jobs, ...targets], {
        onLine: (line) => {
          progress.line(line);
          failed ??= parseFailedPackage(line);
        },
      });
    } catch (error) {
      throw failed === undefined ? error : await this.#explained(failed, error);
    }
  }

  /** What several packages say at once is a muddle: the one that failed is tried alone, and its last lines are told. */
  async #explained(folder: string, error: unknown): Promise<unknown> {
    const names = (await this.describe([])).packages.map(({name}) => name);
    const name = names
      .filter((each) => folder === each || folder.startsWith(`${each}-`))
      .sort((a, b) => b.length - a.length)[0];
    if (name === undefined) return error;
    const said: string[] = [];
    const again = await this.#make([name], {onLine: (line) => void said.push(line)}).then(
      () => error,
      (second: unknown) => second,
    );
    return failedBuild(again, name, said);
  }

  /** The manifest and the checksums that `make legal-info` writes. */
  async legalInfo(): Promise<[manifest: string, sums: string]> {
    await this.#make(['legal-info']);
    const folder = join(this.out, 'legal-info');
    const [manifest = '', sums = ''] = await Promise.all(
      ['manifest.csv', 'legal-info.sha256'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    await rm(folder, {recursive: true}); // it has copies of all sources
    return [manifest, sums];
  }

  async dirclean(names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#make(names.map((name) => `${name}-dirclean`));
    for (const name of names) await rm(join(this.out, 'per-package', name), {recursive: true, force: true});
  }

  /** @throws LeanosError CONFIG_INVALID for symbols of a fragment that are not in the final configuration of a package */
  async checkFragment(
    what: string,
    {
      asked,
      config,
      top,
      prefix,
      read,
    }: {
      asked: string;
      config: string;
      top: string;
      prefix: string;
      read: (path: string) => Promise<string | undefined>;
    },
  ): Promise<void> {
    const final = parseConfig(config);
    const lost = notKept(parseConfig(asked), final);
    if (lost.length === 0) return;
    const files = new KconfigFiles(read);
    const lines: string[] = [];
    for (const symbol of lost)
      lines.push(`  ${symbol}: ${await files.why(symbol.slice(prefix.length), {top, final, prefix})}`);
    throw new LeanosError('CONFIG_INVALID', `${what} does not keep\n${lines.join('\n')}`);
  }

  /** Buildroot's environment is what `run` gives and what is written here: nothing of the user's shell changes a build. */
  async #make(args: readonly string[], {onLine}: {onLine?: (line: string) => void} = {}): Promise<string> {
    const {run, inputs} = this.#context;
    // The toolchain brings a tar that Buildroot takes; the host's may be too old for it. make ends together with leanos: one
    // that goes on alone would be in the way of the next.
    return run(
      [
        'setpriv',
        '--pdeathsig',
        'TERM',
        'sh',
        '-c',
        'PATH="$0:$PATH" exec make "$@"',
        join(inputs.toolchain, 'path'),
        '-C',
        this.folder,
        `O=${this.out}`,
        `BR2_EXTERNAL=${this.trees.folders.join(':')}`,
        ...args,
      ],
      {
        env: this.#environment,
        ...(onLine === undefined ? {} : {onOutput: lineReader(onLine)}),
      },
    );
  }
}

/** The package that failed, the last lines before make's own complaints, and what Buildroot says of it. */
function failedBuild(error: unknown, name: string, lines: readonly string[]): unknown {
  if (!(error instanceof LeanosError) || error.code !== 'COMMAND_FAILED') return error;
  const said = lines.filter((line) => !/^make(\[\d+\])?: /.test(line)).slice(-TAIL_LINES);
  const log = /full log: .*/.exec(error.message)?.[0];
  return new LeanosError(
    'COMMAND_FAILED',
    [
      `Buildroot could not build ${name}`,
      ...said.map((line) => `  ${line}`),
      ...(log === undefined ? [] : [`  ${log}`]),
    ].join('\n'),
    {cause: error},
  );
}

/** Cuts what comes in pieces into lines. */
function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** make goes by the times of files: one that stays the same keeps its time. */
async function writeWhenOther(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFile(path, text);
}
