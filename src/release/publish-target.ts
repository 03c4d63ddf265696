import {copyFile, link, mkdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import type {Run} from '../system/run.ts';
import {writeWhole} from './record.ts';

/** A place that guests download from. Each file appears there whole or not at all. */
export interface PublishTarget {
  /** Whether a file of this size is there; a published artifact never changes. */
  has(path: string, bytes: number): Promise<boolean>;
  copy(source: string, path: string): Promise<void>;
  write(content: Buffer, path: string): Promise<void>;
  /** What is there, or `undefined`. */
  read(path: string): Promise<Buffer | undefined>;
}

/** `ssh://[USER@]HOST[:PORT]/FOLDER` is a folder of another machine; anything else is one of this machine. */
export function publishTarget(place: string, run: Run): PublishTarget {
  if (!/^[a-z+]+:\/\//.test(place)) return folderTarget(place);
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (url?.protocol !== 'ssh:' || url.pathname.length < 2 || /[^\w@./+-]/.test(url.pathname)) {
    throw new LeanosError(
      'USAGE',
      `"${place}" is no place to publish to; a folder or ssh://HOST/FOLDER is needed`,
      {
        hint: 'a web server or an object store serves what was published into a folder',
      },
    );
  }
  return sshTarget(url, run);
}

function folderTarget(root: string): PublishTarget {
  const at = (path: string): string => join(root, path);
  return {
    async has(path, bytes) {
      return (await stat(at(path)).catch(() => undefined))?.size === bytes;
    },
    async copy(source, path) {
      const temporary = `${at(path)}.${process.pid}.tmp`;
      await mkdir(dirname(temporary), {recursive: true});
      try {
        await link(source, temporary).catch(() => copyFile(source, temporary));
        await rename(temporary, at(path));
      } finally {
        await rm(temporary, {force: true});
      }
    },
    async write(content, path) {
      await mkdir(dirname(at(path)), {recursive: true});
      await writeWhole(at(path), content);
    },
    read: async (path) => readFile(at(path)).catch(() => undefined),
  };
}

/** One command for each file; the shell at the other end needs no more than mkdir, cat, stat and mv. */
function sshTarget(url: URL, run: Run): PublishTarget {
  const port = url.port === '' ? [] : ['-p', url.port];
  const host = `${url.username === '' ? '' : `${url.username}@`}${url.hostname}`;
  const ssh = (command: string): [string, ...string[]] => [
    'ssh',
    '-o',
    'BatchMode=yes',
    ...port,
    '--',
    host,
    command,
  ];
  const at = (path: string): string => `'${url.pathname}/${path}'`;
  const place = (path: string): string =>
    `mkdir -p $(dirname ${at(path)}) && cat >${at(`${path}.tmp`)} && mv -f ${at(`${path}.tmp`)} ${at(path)}`;
  return {
    async has(path, bytes) {
      const size = await run(ssh(`stat -c %s ${at(path)} 2>/dev/null || echo none`));
      return size.trim() === String(bytes);
    },
    async copy(source, path) {
      await run(ssh(place(path)), {inputFile: source});
    },
    async write(content, path) {
      await run(ssh(place(path)), {input: content});
    },
    async read(path) {
      const text = await run(ssh(`cat ${at(path)} 2>/dev/null || :`));
      return text === '' ? undefined : Buffer.from(text, 'latin1');
    },
  };
}
