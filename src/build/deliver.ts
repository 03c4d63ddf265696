import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {fileStamp} from '../system/contents.ts';
import {hashFile} from '../system/hash-file.ts';
import {copySparse} from '../system/sparse.ts';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';

/** What was delivered last: each file's sha256, and what it looked like then. */
const RECORD = '.delivered.json';

interface Delivered {
  readonly files: Readonly<Record<string, {readonly sha256: string; readonly state: string}>>;
}

/**
 * Brings the files of a release (a folder of the store) to where the user looks for them, each whole or not at all. What is
 * there with its sha256 is not copied again; a file that nobody touched is not read for that.
 * @throws LeanosError FILE where what is in the store is not what was built
 */
export async function deliver(release: string, folder: string): Promise<ReleaseArtifact[]> {
  const artifacts = await readArtifacts(release);
  await mkdir(folder, {recursive: true});
  const known = (await readDelivered(folder))?.files;
  const files: Record<string, {readonly sha256: string; readonly state: string}> = {};
  for (const {path, sha256} of artifacts) {
    const target = join(folder, path);
    const before = known?.[path];
    const untouched = before?.sha256 === sha256 && before.state === fileStamp(target);
    if (!untouched && (await digest(target)) !== sha256) await copyWhole(join(release, path), target, sha256);
    files[path] = {sha256, state: fileStamp(target) ?? ''};
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

async function digest(path: string): Promise<string | undefined> {
  return hashFile(path).catch(() => undefined);
}

/** A copy, not a link: the user may boot it and write to it. */
async function copyWhole(source: string, target: string, sha256: string): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await copySparse(source, temporary);
    if ((await digest(temporary)) !== sha256)
      throw new LeanosError('FILE', `${source}: is not what was built`, {
        hint: 'leanos clean --all     empties the store, which has it',
      });
    await rename(temporary, target);
  } finally {
    await rm(temporary, {force: true});
  }
}
