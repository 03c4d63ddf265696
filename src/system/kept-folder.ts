import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {takeLock} from './file-lock.ts';

/** A folder that outlives a build; nobody else has it until it is disposed of. */
export interface KeptFolder extends AsyncDisposable {
  readonly path: string;
}

/** Opens the folder NAME below `root`, made where it is missing. Waits while another process has it. */
export async function openKeptFolder(
  root: string,
  name: string,
  {onWait, signal}: {onWait?: () => void; signal?: AbortSignal} = {},
): Promise<KeptFolder> {
  const path = join(root, name);
  await mkdir(path, {recursive: true});
  const file = `${path}.lock`;
  let lock = await takeLock(file, {wait: false});
  if (lock === undefined) {
    onWait?.();
    lock = await takeLock(file, {wait: true, ...(signal === undefined ? {} : {signal})});
  }
  if (lock === undefined) throw new LeanosError('INTERRUPTED', `interrupted while another build had ${path}`);
  return {path, [Symbol.asyncDispose]: () => lock.release()};
}

/** Whether a build has a folder now. */
export async function isKeptFolderTaken(root: string, name: string): Promise<boolean> {
  const lock = await takeLock(join(root, `${name}.lock`), {wait: false});
  await lock?.release();
  return lock === undefined;
}
