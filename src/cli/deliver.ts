import {constants, copyFile, mkdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';

/** What was delivered last: each file's sha256, and its size and time as they were then. */
const RECORD = '.delivered.json';

interface Delivered {
  readonly files: Readonly<Record<string, {readonly sha256: string; readonly state: string}>>;
}

/**
 * Brings the files of a release (a folder of the store) to where the user looks for them, each whole or not at all. What is
 * there untouched is not copied again.
 */
export async function deliver(release: string, folder: string): Promise<ReleaseArtifact[]> {
  const artifacts = await readArtifacts(release);
  await mkdir(folder, {recursive: true});
  const known = (await readDelivered(folder))?.files;
  const files: Record<string, {readonly sha256: string; readonly state: string}> = {};
  for (const {path, sha256} of artifacts) {
    const target = join(folder, path);
    const state = await fileState(target);
    const untouched = state !== undefined && state === known?.[path]?.state;
    if (!untouched || known[path]?.sha256 !== sha256) await copyWhole(join(release, path), target);
    files[path] = {sha256, state: (await fileState(target)) ?? ''};
  }
  await writeFile(join(folder, RECORD), `${JSON.stringify({files} satisfies Delivered)}\n`);
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
