import {statSync} from 'node:fs';
import {mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {listFiles} from '../system/files.ts';
import {sweepTemporary, temporaryFolder} from '../system/temporary.ts';
import type {Step} from './plan.ts';

/** The file that is written last: an artifact without it does not exist. */
const RECORD = '.record.json';

interface ArtifactRecord {
  readonly stage: string;
  readonly key: string;
  readonly seconds: number;
  /** Size in bytes of each file, by path within the artifact. */
  readonly files: Readonly<Record<string, number>>;
}

/** One artifact of the store as `leanos clean` sees it. */
export interface StoredArtifact {
  readonly key: string;
  readonly stage: string;
  readonly bytes: number;
  /** When it was last used, in milliseconds since 1970. */
  readonly usedMs: number;
}

/**
 * Artifacts by key. What lies under a key is complete: it is built beside it, the record is written last, and the folder
 * is renamed into place. So a killed build leaves nothing half-done, and two builds at once do not disturb each other.
 */
export class Store {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Where the artifact of a key lies, or will lie. */
  path(step: Pick<Step, 'key'>): string {
    return join(this.root, step.key);
  }

  /** Whether the artifact is there with every file in its recorded size (a crash of the host may lose data, not names). */
  async has(step: Pick<Step, 'key'>): Promise<boolean> {
    const folder = this.path(step);
    const record = await readRecord(folder);
    if (record === undefined) return false;
    // Hundreds of files at once: each takes microseconds, and a wait for it far longer.
    return Object.entries(record.files).every(
      ([file, bytes]) => statSync(join(folder, file), {throwIfNoEntry: false})?.size === bytes,
    );
  }

  /** Builds an artifact and puts it under its key. On any failure nothing is left. */
  async put(step: Step, build: (out: string) => Promise<void>): Promise<number> {
    await mkdir(this.root, {recursive: true});
    await using temporary = await temporaryFolder(this.root);
    const out = join(temporary.path, 'artifact');
    await mkdir(out);
    const started = performance.now();
    await build(out);
    const seconds = (performance.now() - started) / 1000;
    await writeFile(join(out, RECORD), `${JSON.stringify(await describe(step, out, seconds), null, 1)}\n`);
    await this.#publish(out, step);
    return seconds;
  }

  /** Remembers that an artifact was used, so that `clean` takes the others first. */
  async touch(step: Pick<Step, 'key'>): Promise<void> {
    const now = new Date();
    await utimes(join(this.path(step), RECORD), now, now).catch(() => undefined);
  }

  /** Removes what killed builds left behind. Folders of builds that still run are kept. */
  async sweep(): Promise<void> {
    await sweepTemporary(this.root);
  }

  async list(): Promise<StoredArtifact[]> {
    const names = await readdir(this.root).catch(() => []);
    const found = await Promise.all(names.map((key) => this.#stored(key)));
    return found.filter((item) => item !== undefined);
  }

  async remove(key: string): Promise<void> {
    // The record goes first: a half-removed artifact is then no artifact.
    await rm(join(this.root, key, RECORD), {force: true});
    await rm(join(this.root, key), {recursive: true, force: true});
  }

  async #publish(out: string, step: Step): Promise<void> {
    const target = this.path(step);
    try {
      await rename(out, target);
    } catch (error) {
      if (!isTaken(error)) throw error;
      // Somebody else has built the same key: theirs is as good, unless it is damaged.
      if (await this.has(step)) return;
      await this.remove(step.key);
      await rename(out, target);
    }
  }

  async #stored(key: string): Promise<StoredArtifact | undefined> {
    const folder = join(this.root, key);
    const record = await readRecord(folder);
    if (record === undefined) return undefined;
    const bytes = Object.values(record.files).reduce((sum, size) => sum + size, 0);
    const {mtimeMs} = await stat(join(folder, RECORD));
    return {key, stage: record.stage, bytes, usedMs: mtimeMs};
  }
}

async function readRecord(folder: string): Promise<ArtifactRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as ArtifactRecord;
  } catch {
    return undefined;
  }
}

async function describe(step: Step, out: string, seconds: number): Promise<ArtifactRecord> {
  const files = await listFiles(out);
  return {
    stage: step.stage.name,
    key: step.key,
    seconds: Number(seconds.toFixed(3)),
    files: Object.fromEntries(files.map(({path, bytes}) => [path, bytes])),
  };
}

function isTaken(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
