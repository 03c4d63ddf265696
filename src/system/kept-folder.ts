import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {LeanosError} from '../core/error.ts';
import {isAlive} from './is-alive.ts';

const POLL_MS = 200;

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
  const lock = join(root, `${name}.lock`);
  for (let waited = false; !(await take(lock)); waited = true) {
    if (!waited) onWait?.();
    if (signal?.aborted === true)
      throw new LeanosError('INTERRUPTED', `interrupted while another build had ${path}`);
    await sleep(POLL_MS);
  }
  return {path, [Symbol.asyncDispose]: () => rm(lock, {force: true})};
}

/** Whether a build has a folder now. */
export async function isKeptFolderTaken(root: string, name: string): Promise<boolean> {
  const owner = await readFile(join(root, `${name}.lock`), 'utf8').catch(() => '');
  return owner !== '' && isAlive(Number(owner));
}

/** Makes the lock with this process as its owner, or takes over that of a process that is gone. */
async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), {flag: 'wx'});
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = await readFile(lock, 'utf8').catch(() => '');
  if (owner !== '' && !isAlive(Number(owner))) await rm(lock, {force: true});
  return false;
}
