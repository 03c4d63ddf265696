import {mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {readContents, readStamps, type Contents, type Stamps} from '../system/contents.ts';
import {diskUse} from '../system/files.ts';
import {sweepTemporary, temporaryFolder} from '../system/temporary.ts';
import type {Step} from './plan.ts';

/** The file that is written last: an artifact without it does not exist. */
const RECORD = '.record.json';
/** What the files looked like when they last were what the record says, so that they need not be read again. */
const CHECKED = '.checked.json';
const OWN_FILES = [RECORD, CHECKED];

interface ArtifactRecord {
  readonly stage: string;
  readonly key: string;
  readonly seconds: number;
  readonly contents: Contents;
}

/** What of an artifact is in the store. */
export type ArtifactState = 'whole' | 'damaged' | 'missing';

/** One artifact of the store as `leanos clean` sees it. */
export interface StoredArtifact {
  readonly key: string;
  readonly stage: string;
  /** What it takes of the disk. */
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

  /** Whether the artifact is there, and each of its files is what was recorded. */
  async has(step: Pick<Step, 'key'>): Promise<boolean> {
    return (await this.state(step)) === 'whole';
  }

  /** Whether an artifact is what was recorded. A file that looks as it did when it was last read is not read again. */
  async state(step: Pick<Step, 'key'>): Promise<ArtifactState> {
    const folder = this.path(step);
    const record = await readJson<ArtifactRecord>(join(folder, RECORD));
    // One without contents is of an earlier leanos.
    if (record?.contents === undefined) return 'missing';
    const now = readStamps(folder, OWN_FILES);
    // What is there beside them, such as what Python compiles for itself, is nobody's input.
    const names = Object.keys(record.contents);
    const changed = changedSince(await readJson<Stamps>(join(folder, CHECKED)), now, names);
    if (changed.length === 0) return 'whole';
    const found = await readContents(folder, changed);
    if (changed.some((name) => found[name] !== record.contents[name])) return 'damaged';
    await writeFile(join(folder, CHECKED), JSON.stringify(now)).catch(() => undefined);
    return 'whole';
  }

  /** The sha256 of a file of an artifact, as it was when that was built. */
  async digest(step: Pick<Step, 'key'>, file: string): Promise<string> {
    const record = await readJson<ArtifactRecord>(join(this.path(step), RECORD));
    const [digest] = /^[0-9a-f]{64}/.exec(record?.contents[file] ?? '') ?? [];
    if (digest === undefined) throw new Error(`${this.path(step)} has no file ${file}`);
    return digest;
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
    const stamps = readStamps(out);
    const contents = await readContents(out, Object.keys(stamps.files));
    await writeFile(join(out, CHECKED), JSON.stringify(stamps));
    const record = {
      stage: step.stage.name,
      key: step.key,
      seconds: Number(seconds.toFixed(3)),
      contents,
    };
    await writeFile(join(out, RECORD), `${JSON.stringify(record satisfies ArtifactRecord, null, 1)}\n`);
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
    const record = await readJson<Partial<ArtifactRecord>>(join(folder, RECORD));
    if (record?.stage === undefined) return undefined;
    const {mtimeMs} = await stat(join(folder, RECORD));
    return {key, stage: record.stage, bytes: await diskUse(folder), usedMs: mtimeMs};
  }
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** The files that do not look as they did, or were never looked at. */
function changedSince(before: Stamps | undefined, now: Stamps, names: readonly string[]): string[] {
  const known = before?.boot === now.boot ? before.files : {};
  return names.filter((name) => now.files[name] === undefined || known[name] !== now.files[name]);
}

function isTaken(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
