import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {writeWhole} from '../system/whole-file.ts';
import {isAlive, processIdentity} from '../system/process-identity.ts';

/** A machine that `leanos run` has started, as `leanos ssh` finds it. */
export interface RunningMachine {
  readonly image: string;
  readonly sshPort: number;
  readonly user: string;
  readonly privateKey: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

/** Records a machine for as long as the scope lasts. The file is for its owner alone: it holds a key. */
export async function recordRunning(folder: string, machine: RunningMachine): Promise<AsyncDisposable> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const path = join(folder, `${processIdentity()}.json`);
  await writeWhole(path, JSON.stringify(machine), {mode: 0o600});
  return {[Symbol.asyncDispose]: () => rm(path, {force: true})};
}

/** The machines that run, the newest first. Records of processes that are gone are removed. */
export async function runningMachines(folder: string): Promise<RunningMachine[]> {
  const found: RunningMachine[] = [];
  const names = await readdir(folder).catch(() => []);
  // One that is being written is not looked at yet.
  for (const name of names.filter((each) => /^[\da-f-]+\.json$/.test(each))) {
    const path = join(folder, name);
    const machine = await readRecord(path);
    if (machine !== undefined && isAlive(name.slice(0, -'.json'.length))) found.push(machine);
    else await rm(path, {force: true});
  }
  return found.sort((a, b) => b.startedMs - a.startedMs);
}

async function readRecord(path: string): Promise<RunningMachine | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RunningMachine;
  } catch {
    return undefined;
  }
}
