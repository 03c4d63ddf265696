import {lstat, mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {digestOf, kindOf, readRegular} from '../system/regular-file.ts';
import {copyApart, sync} from '../system/whole-file.ts';
import {
  INCOMING,
  incomingPath,
  MOST_READ_BYTES,
  type NewFile,
  type PublishTarget,
  type StagedFile,
} from './publish-files.ts';

/** A folder of this machine. */
export function folderTarget(root: string): PublishTarget {
  const at = (path: string): string => join(root, path);
  return {
    async digests(paths) {
      const found = new Map<string, string>();
      for (const path of paths) {
        const sha256 = await digestIn(root, path);
        if (sha256 !== undefined) found.set(path, sha256);
      }
      return found;
    },
    read: async (path) => {
      if ((await obstacle(root, dirname(path))) !== undefined) return undefined;
      return readRegular(at(path), {most: MOST_READ_BYTES, follow: false}).catch(() => undefined);
    },
    names: async (folder) =>
      (await obstacle(root, folder)) === undefined ? readdir(at(folder)).catch(() => []) : [],
    stage: (file) => stageIn(root, file),
    exchange: (files) => exchangeIn(root, files),
    async remove(paths) {
      for (const path of paths)
        if ((await obstacle(root, dirname(path))) === undefined) await rm(at(path), {force: true});
    },
  };
}

async function digestIn(root: string, path: string): Promise<string | undefined> {
  if ((await obstacle(root, dirname(path))) !== undefined) return undefined;
  return digestOf(join(root, path)).then(
    ({sha256}) => sha256,
    () => undefined,
  );
}

async function stageIn(root: string, {path, source, sha256}: NewFile): Promise<StagedFile> {
  await mustBeOwn(root, dirname(path));
  await makeFolders(root, INCOMING);
  const temporary = incomingPath(path);
  const file = join(root, temporary);
  try {
    if (typeof source === 'string') await copyApart(source, file);
    else await writeFile(file, source, {flag: 'wx'});
    await sync(file);
    const found = await digestOf(file);
    if (found.sha256 !== sha256) throw new LeanosError('FILE', otherBytes(path, source, found.sha256));
    return {path, temporary};
  } catch (error) {
    await rm(file, {force: true});
    throw error;
  }
}

function otherBytes(path: string, source: string | Buffer, sha256: string): string {
  return typeof source === 'string'
    ? `${source} is not what was built: its sha256 is ${sha256}; nothing of it is published`
    : `${path} did not arrive whole`;
}

/** First whatever may be in the way is looked for, so that the renames are one moment. */
async function exchangeIn(root: string, files: readonly StagedFile[]): Promise<void> {
  const folders = new Set(files.map(({path}) => dirname(path)));
  for (const folder of folders) await makeFolders(root, folder);
  for (const {path} of files) {
    const found = await lstat(join(root, path)).catch(() => undefined);
    if (found?.isDirectory() === true)
      throw new LeanosError('FILE', `${join(root, path)} is a folder, and a file belongs there`);
  }
  for (const {path, temporary} of files) await rename(join(root, temporary), join(root, path));
  for (const folder of folders) await sync(join(root, folder));
}

async function makeFolders(root: string, folder: string): Promise<void> {
  await mustBeOwn(root, folder);
  await mkdir(join(root, folder), {recursive: true});
}

/** @throws LeanosError FILE where something else than a folder is in the way */
async function mustBeOwn(root: string, folder: string): Promise<void> {
  const found = await obstacle(root, folder);
  if (found !== undefined)
    throw new LeanosError('FILE', `${found}, and what is published stays in folders below ${root}`);
}

/** What keeps a folder from being one of the place's own: `PATH is a link`. */
async function obstacle(root: string, folder: string): Promise<string | undefined> {
  for (const path of upTo(folder)) {
    const found = await lstat(join(root, path)).catch(() => undefined);
    if (found !== undefined && !found.isDirectory()) return `${join(root, path)} is ${kindOf(found)}`;
  }
  return undefined;
}

/** `a`, `a/b`, `a/b/c` of `a/b/c`. */
function upTo(folder: string): string[] {
  const parts = folder.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
