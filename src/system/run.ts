import {open, type FileHandle} from 'node:fs/promises';
import {constants, setPriority} from 'node:os';
import {execa} from 'execa';
import {LeanosError} from '../core/error.ts';
import {quotedWord} from '../core/words.ts';
import {onText} from './on-text.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Written to the command's standard input; without it the input is empty. */
  readonly input?: string | Uint8Array;
  /** A file that becomes the command's standard input. */
  readonly inputFile?: string;
  /** A file that takes the command's standard output, which is then not returned. */
  readonly outputFile?: string;
  /** Called with each piece of output, of both streams, as it comes. */
  readonly onOutput?: (chunk: string) => void;
  /** Nothing waits for the command: others have the processors before it. */
  readonly low?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs one command to its end and gives its standard output, without the last newline. */
export type Run = (argv: readonly [string, ...string[]], options?: RunOptions) => Promise<string>;

const TAIL_LINES = 20;
const NOT_SET: Readonly<Record<string, string>> = {};

/**
 * The only place in leanos that runs a command to its end. No shell, C locale, UTC, umask 022, and an environment that
 * holds nothing but PATH, HOME and what the caller gives, so that a build sees the same on every machine.
 * @throws LeanosError TOOL_MISSING, COMMAND_FAILED, NO_SPACE, INTERRUPTED
 */
export const run: Run = async ([file, ...args], options = {}) => {
  const {cwd, env = NOT_SET, timeoutMs, input, inputFile, outputFile, onOutput, signal} = options;
  // The command reads and writes its files itself: nothing of them passes through here.
  await using from = await opened(inputFile, 'r');
  await using to = await opened(outputFile, 'w');
  const child = withUmask(() =>
    execa(file, args, {
      ...(cwd === undefined ? {} : {cwd}),
      ...(timeoutMs === undefined ? {} : {timeout: timeoutMs}),
      ...(signal === undefined ? {} : {cancelSignal: signal}),
      ...standardInput(from, input),
      ...(to === undefined ? {} : {stdout: descriptor(to)}),
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '/',
        LC_ALL: 'C',
        TZ: 'UTC',
        ...env,
      },
      extendEnv: false,
      cleanup: false, // its signal handlers would end leanos before leanos has cleaned up
      forceKillAfterDelay: 2000,
      maxBuffer: 64 * 1024 * 1024,
    }),
  );
  if (options.low === true) giveWay(child.pid);
  listen(child.stdout, onOutput);
  listen(child.stderr, onOutput);
  try {
    const {stdout} = await child;
    return typeof stdout === 'string' ? stdout : '';
  } catch (error) {
    throw commandError(error as FailedCommand, [file, ...args]);
  }
};

/** Starts a command with the umask that most have: mkfs.erofs writes the mode of a temporary file into its image. */
function withUmask<T>(start: () => T): T {
  const own = process.umask(0o022);
  try {
    return start();
  } finally {
    process.umask(own);
  }
}

async function opened(path: string | undefined, flags: 'r' | 'w'): Promise<FileHandle | undefined> {
  return path === undefined ? undefined : open(path, flags);
}

function standardInput(
  file: FileHandle | undefined,
  input: RunOptions['input'],
): {stdin: 3 | 'ignore'} | {input: string | Uint8Array} {
  if (file !== undefined) return {stdin: descriptor(file)};
  return input === undefined ? {stdin: 'ignore'} : {input};
}

/** As execa's types name descriptors, by a few of their numbers; it passes on any. */
function descriptor({fd}: FileHandle): 3 {
  return fd as 3;
}

function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // it has ended already
  }
}

/** `stream` is null where a file takes the output. */
function listen(stream: NodeJS.ReadableStream | null, onOutput: RunOptions['onOutput']): void {
  if (onOutput !== undefined && stream !== null) onText(stream, onOutput);
}

/** What execa says of a command that failed. */
interface FailedCommand {
  readonly message: string;
  readonly code?: string;
  readonly isCanceled: boolean;
  readonly timedOut: boolean;
  readonly durationMs: number;
  readonly signal?: string;
  readonly exitCode?: number;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
}

/** What a failed command becomes: how it ended, the command to paste, the last lines it said. */
export function commandError(error: FailedCommand, argv: readonly string[]): LeanosError {
  const command = quote(argv);
  if (error.code === 'ENOENT') {
    return new LeanosError('TOOL_MISSING', `'${argv[0] ?? ''}' not found`, {
      hint: 'leanos doctor --fix     installs what is missing',
      cause: error,
    });
  }
  if (error.isCanceled) return new LeanosError('INTERRUPTED', `interrupted: ${command}`, {cause: error});
  const how = error.timedOut
    ? `timed out after ${error.durationMs.toFixed(0)} ms`
    : (error.signal ?? `exit status ${String(error.exitCode)}`);
  const [errors, output] = [error.stderr, error.stdout].map((text) => (typeof text === 'string' ? text : ''));
  const said = (errors === '' ? output : errors) ?? '';
  const tail = said.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  const what = `${how}\n  ${command}\n${indent(tail)}`;
  const cause = error;
  if (!isNoSpace(`${said} ${error.message}`)) return new LeanosError('COMMAND_FAILED', what, {cause});
  const hint = 'leanos clean     removes what is not needed';
  return new LeanosError('NO_SPACE', `the disk is full: ${what}`, {hint, cause});
}

/** Whether a message of a tool or of the kernel says that the disk is full. */
export function isNoSpace(message: string): boolean {
  return /ENOSPC|EDQUOT|No space left on device|Disk full|disk quota exceeded/i.test(message);
}

/** A line that can be pasted into a shell. */
export function quote(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quotedWord(word))).join(' ');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
