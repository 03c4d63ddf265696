import {mkdir, rename} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {COMMIT} from '../core/names.ts';
import {loadRecord, recordFolder, type ReleaseRecord} from '../release/record.ts';
import type {BuildEnvironment} from './environment.ts';
import {sha256} from '../core/canonical.ts';
import {gitIn, placeInRepository, type Git} from '../system/checkout.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';

/** What a release is built from: its commit as a folder, and its pins. */
export interface ReleaseSource {
  readonly record: ReleaseRecord;
  /** The commit's files. */
  readonly folder: string;
  /** The lock of the image, as the release recorded it. */
  readonly lock: string;
}

/** Where a release keeps the pins of one of its images. */
export function releaseLock(checkout: string, version: string, build: string): string {
  return join(recordFolder(checkout, version), `${build}.lock.json`);
}

/** The source of the release that a channel points to, for one of its images; else why this is a development build. */
export async function releaseSource(
  {name, current}: Channel,
  build: string,
  {workspace: {project: checkout, cache}, run}: BuildEnvironment,
): Promise<ReleaseSource | string> {
  if (current === undefined) return `channel ${name} names no release yet`;
  const {version} = current;
  const record = await loadRecord(checkout, version);
  if (record === undefined)
    return `the record of ${version}, which channel ${name} points to, is not in this project`;
  if (record.images[build] === undefined)
    return `${version}, which channel ${name} points to, has no ${build}`;
  const folder = await commitFolder(record.commit, {checkout, sources: cache.sources, run});
  if (folder === undefined)
    return `commit ${record.commit.slice(0, 12)}, which ${version} was made from, is not in this project`;
  return {record, folder, lock: releaseLock(checkout, version, build)};
}

/** The project's files of a commit in a folder of the cache; `undefined` where git does not have it. */
export async function commitFolder(
  commit: string,
  {checkout, sources, run}: {checkout: string; sources: string; run: Run},
): Promise<string | undefined> {
  if (!COMMIT.test(commit)) throw new Error(`${commit} is no commit`);
  const git = gitIn(checkout, run);
  const known = await git(['cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  );
  if (!known) return undefined;
  const place = await placeInRepository(git);
  const folder = join(sources, place === '' ? commit : `${commit}-${sha256(place).slice(0, 12)}`);
  const tree = `${commit}:${place}`;
  await mkdir(sources, {recursive: true});
  await using scratch = await temporaryFolder(sources);
  if (existsSync(folder)) {
    if (await isOfCommit(folder, {tree, git, scratch: scratch.path})) return folder;
    await rename(folder, join(scratch.path, 'damaged'));
  }
  const [archive, fresh] = [join(scratch.path, 'archive.tar'), join(scratch.path, 'fresh')];
  await mkdir(fresh);
  // Below the top of a repository git takes the folder that it is in.
  await git(['-c', 'tar.umask=0022', 'archive', '--format=tar', `--output=${archive}`, commit]);
  await run(['tar', '-xf', archive, '-C', fresh]);
  // Another build may have been quicker.
  if (!existsSync(folder)) await rename(fresh, folder);
  return folder;
}

/** Whether a folder has the files of a commit with their bytes, and no others: what a power cut leaves has the names only. */
async function isOfCommit(
  folder: string,
  {tree, git, scratch}: {tree: string; git: Git; scratch: string},
): Promise<boolean> {
  const options = {env: {GIT_INDEX_FILE: join(scratch, 'index')}};
  const workTree = `--work-tree=${folder}`;
  try {
    await git(['read-tree', tree], options);
    await git([workTree, 'update-index', '--refresh'], options);
    return (await git([workTree, 'ls-files', '--others'], options)) === '';
  } catch (error) {
    if (error instanceof LeanosError && error.code === 'COMMAND_FAILED') return false;
    throw error;
  }
}
