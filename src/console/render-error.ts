import {LeanosError} from '../core/error.ts';
import {isNoSpace} from '../system/run.ts';

/** What a thrown thing is for the user: what a system call refused is a file's matter, not a bug. */
export function asUserError(error: unknown): unknown {
  if (error instanceof LeanosError || !isSystemError(error)) return error;
  const where = error.path === undefined ? '' : `: ${error.path}`;
  if (isNoSpace(error.message)) {
    return new LeanosError('NO_SPACE', `the disk is full${where} (${error.code})`, {
      hint: 'leanos clean     removes what is not needed',
      cause: error,
    });
  }
  return new LeanosError('FILE', error.message.replace(/^\w+: /, ''), {cause: error});
}

/** The text for a failure: what was found, what to do; a stack only where leanos itself is wrong. */
export function renderError(error: unknown): string {
  if (error instanceof LeanosError) {
    const placed = /^\S+:\d+:\d+: /.test(error.message);
    const hint = error.hint === undefined ? '' : `\n${indent(error.hint)}`;
    return `${placed ? '' : 'leanos: '}${error.message}${hint}`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `leanos: this is a bug in leanos; please report it with these lines\n${indent(stack)}`;
}

/** The one JSON value that a command with --json prints when it fails. */
export function errorJson(error: unknown): string {
  const known = error instanceof LeanosError;
  const message = error instanceof Error ? error.message : String(error);
  return JSON.stringify({
    error: {code: known ? error.code : 'BUG', message, hint: known ? (error.hint ?? null) : null},
  });
}

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
