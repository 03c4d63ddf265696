import {startHelper} from './child.ts';

/** A lock that is held. */
export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes the kernel's lock of a file (flock(2)), which ends with who holds it and with the boot, whatever the file holds. Node
 * has no call for that: flock(1) holds it, and ends when this process does, however that ended, as its input is a pipe of
 * ours. Undefined where another process has it and nobody waits, or until `signal`.
 * @throws LeanosError TOOL_MISSING, FILE
 */
export async function takeLock(
  file: string,
  {wait, signal}: {readonly wait: boolean; readonly signal?: AbortSignal},
): Promise<FileLock | undefined> {
  if (signal?.aborted === true) return undefined;
  const helper = startHelper([
    ...(['flock', '--no-fork', '--conflict-exit-code', '75'] as const),
    ...(wait ? [] : ['--nonblock']),
    ...[file, 'sh', '-c', 'echo taken; exec cat'],
  ]);
  const stop = (): void => helper.end();
  signal?.addEventListener('abort', stop);
  try {
    if (!(await helper.spoke())) return undefined;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return {release: () => helper.close()};
}
