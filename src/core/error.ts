/**
 * What went wrong, as a closed set. The code decides the exit status: see {@link exitStatus}.
 *
 * - `CONFIG_INVALID`: a definition, channel or lock file is wrong (exit 2)
 * - `USAGE`: the command line is wrong (exit 2)
 * - `TOOL_MISSING`: the host lacks a tool (exit 2)
 * - `LOCKED`: `--locked` was asked for and the pins cannot be kept (exit 2)
 * - `COMMAND_FAILED`: a tool that leanos ran failed (exit 1)
 * - `DOWNLOAD_FAILED`: an input could not be had, or is not what was pinned (exit 1)
 * - `REGISTRY`: a registry does not answer, does not let in, or does not have what it should (exit 1)
 * - `NO_SPACE`: the disk is full (exit 1)
 * - `FILE`: a file cannot be read or written (exit 1)
 * - `BOOT_FAILED`: a machine did not come up or did not keep a promise (exit 1)
 * - `INTERRUPTED`: ctrl-C or a termination signal (exit 1)
 */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'USAGE'
  | 'TOOL_MISSING'
  | 'LOCKED'
  | 'COMMAND_FAILED'
  | 'DOWNLOAD_FAILED'
  | 'REGISTRY'
  | 'NO_SPACE'
  | 'FILE'
  | 'BOOT_FAILED'
  | 'INTERRUPTED';

const INPUT_ERRORS: ReadonlySet<ErrorCode> = new Set(['CONFIG_INVALID', 'USAGE', 'TOOL_MISSING', 'LOCKED']);

/** A failure that a user can act on. Anything else that is thrown is a bug in leanos. */
export class LeanosError extends Error {
  readonly code: ErrorCode;
  /** What to do about it; one or more lines. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: {hint?: string | undefined; cause?: unknown} = {}) {
    super(message, {cause: options.cause});
    this.name = 'LeanosError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The process exit status for an error: 2 the user's input, 1 a build or test, 70 a bug (EX_SOFTWARE of sysexits.h). */
export function exitStatus(error: unknown): 1 | 2 | 70 {
  if (!(error instanceof LeanosError)) return 70;
  return INPUT_ERRORS.has(error.code) ? 2 : 1;
}
