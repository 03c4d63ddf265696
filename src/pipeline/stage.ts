import type {Json} from '../core/canonical.ts';
import type {SourceArchive} from '../system/debian-sources.ts';
import type {FetchFile} from '../system/fetch.ts';
import type {KeptFolder} from '../system/kept-folder.ts';
import type {Run} from '../system/run.ts';

export type Options = {readonly [key: string]: Json};

/** A folder that sources are in: what leanos brings, or a project. */
export interface SourceRoot {
  readonly path: string;
  /** Symbolic links below it that the folder itself cannot have, as in a package of npm: target by path. */
  readonly links?: Readonly<Record<string, string>> | undefined;
  /** The paths that may be run, where the modes of the files say nothing. */
  readonly executable?: readonly string[] | undefined;
}

/** Everything a stage may touch. It prints nothing, knows no clock, and reaches for nothing else. */
export interface BuildContext<O extends Options, I extends string> {
  readonly options: O;
  /** Absolute path of the folder of each input artifact; read-only. */
  readonly inputs: Readonly<Record<I, string>>;
  /** The sha256 of a file of an input, as the store noted it when that was built: nothing is read for it. */
  readonly digest: (input: string, file: string) => Promise<string>;
  /** Absolute path of an empty folder that becomes the artifact. */
  readonly out: string;
  /** Runs a command. The tools that the stage lists are taken from the pinned tools tree, not from the host. */
  readonly run: Run;
  /** Brings pinned files to this machine, checks their sha256, and gives their paths in the order asked for. */
  readonly fetch: FetchFile;
  /** For stages that bring sources in: where they may be. Their digest, which is an option, says which is meant. */
  readonly roots: readonly SourceRoot[];
  /** Says how far the build is, for whoever watches. */
  readonly progress: (text: string) => void;
  /** Says what whoever asked for the build should know of its result. */
  readonly note: (text: string) => void;
  /**
   * A folder that outlives this build, for a tool that can go on from where it was; nobody else has it for the while. It may
   * make a build quicker, but never other.
   */
  readonly keep: (name: string) => Promise<KeptFolder>;
  /** Where compilers may share what they remember, as ccache's remote_storage takes it; it must not decide bytes. */
  readonly compilerCache: string | undefined;
  /** Where a file is that the user named, by its sha256 when the plan was made. */
  readonly userFile: (sha256: string) => string;
  /** Upstream's source files in Debian's archive. */
  readonly debianSources: SourceArchive;
  /** Seconds since 1970 that stand for "now" in everything that is built. */
  readonly epoch: number;
}

/** One build step: a function of its options, its inputs and its tools to the files it leaves in `out`. */
export interface Stage<O extends Options, I extends string> {
  readonly name: string;
  /** Raise it when the same options and inputs would now give different bytes. */
  readonly revision: number;
  /** The programs of the tools tree that `build` runs. */
  readonly tools: readonly string[];
  readonly inputs: readonly I[];
  /** Whether the epoch shows in the bytes. A timeless artifact is shared by all commits. */
  readonly timeless?: true;
  /** What tells a step from others of this stage in a plan, in a word or two; absent where a plan has one alone. */
  detail?(options: O): string;
  build(context: BuildContext<O, I>): Promise<void>;
}

export function defineStage<O extends Options, const I extends string>(stage: Stage<O, I>): Stage<O, I> {
  return stage;
}
