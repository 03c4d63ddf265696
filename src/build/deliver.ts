import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {fileStamp} from '../system/contents.ts';
import {hashFile} from '../system/hash-file.ts';
import {copyDigested} from '../system/sparse.ts';
import {asDelivered, type ListedFile, type ReleaseArtifact} from '../stages/release/release-files.ts';

/** What was delivered last: each file's sha256, and what it looked like then. */
const RECORD = '.delivered.json';

interface Delivered {
  readonly files: Readonly<Record<string, {readonly sha256: string; readonly state: string}>>;
}

/** Folders of the store: that of a release, and that of each of its inputs. */
export interface ReleaseFolders {
  readonly release: string;
  readonly ofInput: (input: string) => string;
}

/**
 * Brings the files of a release to where the user looks for them, each whole or not at all. What is there with its sha256 is not
 * copied again; a file that nobody touched is not read for that.
 * @throws LeanosError FILE where what is in the store is not what was built
 */
export async function deliver(
  {release, ofInput}: ReleaseFolders,
  folder: string,
): Promise<ReleaseArtifact[]> {
  const artifacts = await readArtifacts(release);
  await mkdir(folder, {recursive: true});
  const known = (await readDelivered(folder))?.files;
  const files: Record<string, {readonly sha256: string; readonly state: string}> = {};
  for (const {path, sha256, from} of artifacts) {
    const source = from === undefined ? join(release, path) : join(ofInput(from.input), from.file);
    const target = join(folder, path);
    const before = known?.[path];
    const untouched = before?.sha256 === sha256 && before.state === fileStamp(target);
    if (!untouched && (await digest(target)) !== sha256) await copyWhole(source, target, sha256);
    files[path] = {sha256, state: fileStamp(target) ?? ''};
  }
  await writeFile(join(folder, RECORD), `${JSON.stringify({files} satisfies Delivered)}\n`);
  return artifacts.map((artifact) => ({...asDelivered(artifact), path: join(folder, artifact.path)}));
}

/** What a release in the store lists; paths are names in the folder where it is delivered. */
export async function readArtifacts(release: string): Promise<ListedFile[]> {
  return JSON.parse(await readFile(join(release, 'artifacts.json'), 'utf8')) as ListedFile[];
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
    if ((await copyDigested(source, temporary)) !== sha256)
      throw new LeanosError('FILE', `${source}: is not what was built`, {
        hint: 'leanos clean --all     empties the store, which has it',
      });
    await rename(temporary, target);
  } finally {
    await rm(temporary, {force: true});
  }
}
