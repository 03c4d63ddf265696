import {constants, copyFile, mkdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';

/** What was delivered last: the release's key, and each file's size and time as they were then. */
const RECORD = '.delivered.json';

interface Delivered {
  readonly release: string;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Brings the files of a release (a folder of the store, named by its key) to where the user looks for them, each whole or
 * not at all. What is there untouched is not copied again.
 */
export async function deliver(release: string, folder: string): Promise<ReleaseArtifact[]> {
  const artifacts = await readArtifacts(release);
  await mkdir(folder, {recursive: true});
  const before = await readDelivered(folder);
  const known = before?.release === basename(release) ? before.files : {};
  const files: Record<string, string> = {};
  for (const {path} of artifacts) {
    const target = join(folder, path);
    const state = await fileState(target);
    if (state === undefined || known[path] !== state) await copyWhole(join(release, path), target);
    files[path] = (await fileState(target)) ?? '';
  }
  await writeFile(join(folder, RECORD), `${JSON.stringify({release: basename(release), files})}\n`);
  return artifacts.map((artifact) => ({...artifact, path: join(folder, artifact.path)}));
}

/** The artifacts of a release in the store; paths are names in its folder. */
export async function readArtifacts(release: string): Promise<ReleaseArtifact[]> {
  return JSON.parse(await readFile(join(release, 'artifacts.json'), 'utf8')) as ReleaseArtifact[];
}

async function readDelivered(folder: string): Promise<Delivered | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as Delivered;
  } catch {
    return undefined;
  }
}

async function fileState(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : `${found.size} ${found.mtimeMs}`;
}

/** A copy, not a link: the user may boot it and write to it. */
async function copyWhole(source: string, target: string): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await copyFile(source, temporary, constants.COPYFILE_FICLONE);
    await rename(temporary, target);
  } finally {
    await rm(temporary, {force: true});
  }
}
