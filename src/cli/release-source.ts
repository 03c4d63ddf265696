import {mkdir, rename, rm} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Channel} from '../config/channel.ts';
import {loadRecord, recordFolder, type ReleaseRecord} from '../release/record.ts';
import type {Run} from '../system/run.ts';

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
  {checkout, sources, run}: {checkout: string; sources: string; run: Run},
): Promise<ReleaseSource | string> {
  if (current === undefined) return `channel ${name} names no release yet`;
  const {version} = current;
  const record = await loadRecord(checkout, version);
  if (record === undefined)
    return `the record of ${version}, which channel ${name} points to, is not in this checkout`;
  if (record.images[build] === undefined)
    return `${version}, which channel ${name} points to, has no ${build}`;
  const folder = await commitFolder(record.commit, {checkout, sources, run});
  if (folder === undefined)
    return `commit ${record.commit.slice(0, 12)}, which ${version} was made from, is not in this checkout`;
  return {record, folder, lock: releaseLock(checkout, version, build)};
}

/** The files of a commit in a folder of the cache; `undefined` where git does not have it. */
export async function commitFolder(
  commit: string,
  {checkout, sources, run}: {checkout: string; sources: string; run: Run},
): Promise<string | undefined> {
  const folder = join(sources, commit);
  if (existsSync(folder)) return folder;
  const git = ['git', '-c', `safe.directory=${checkout}`, '-C', checkout] as const;
  const known = await run([...git, 'cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  );
  if (!known) return undefined;
  const temporary = `${folder}.${process.pid}.tmp`;
  await mkdir(temporary, {recursive: true});
  const archive = `${temporary}.tar`;
  try {
    await run([...git, '-c', 'tar.umask=0022', 'archive', '--format=tar', `--output=${archive}`, commit]);
    await run(['tar', '-xf', archive, '-C', temporary]);
    if (!existsSync(folder)) await rename(temporary, folder);
  } finally {
    await rm(archive, {force: true});
    await rm(temporary, {recursive: true, force: true});
  }
  return folder;
}
