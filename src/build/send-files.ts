import {access, constants, readdir, readFile, stat} from 'node:fs/promises';
import {join, posix} from 'node:path';
import type {Client, ClientChannel} from 'ssh2';
import {pack} from 'tar-stream';
import {LeanosError} from '../core/error.ts';
import {whyUnread} from '../core/why-unread.ts';
import {quote} from '../system/run.ts';
import {onText} from '../system/on-text.ts';

interface Sending {
  readonly localPath: string;
  readonly remotePath: string;
  /** Whether the login user is root. */
  readonly root: boolean;
}

/** Sends a file or a folder through tar(1) of the guest: there is no sftp in lean guests. @throws LeanosError FILE */
export async function sendFiles(client: Client, {localPath, remotePath, root}: Sending): Promise<void> {
  const folder = posix.dirname(remotePath);
  // All is looked at before anything is sent.
  const entries = await sentFiles(localPath, posix.basename(remotePath));
  const archive = pack();
  const script = [
    `d=${quote([folder])}`,
    'o=$(id -u):$(id -g)',
    'if mkdir -p "$d" 2>/dev/null && [ -w "$d" ]; then exec tar -x -o -f - -C "$d"; fi',
    root
      ? 'exit 1'
      : `exec sudo -n sh -c ${quote([`mkdir -p "$1" && tar -x -f - -C "$1" && chown -R "$2" "$3"`])} - "$d" "$o" ${quote([remotePath])}`,
  ].join('\n');
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(script, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  let said = '';
  onText(channel.stderr, (text) => (said += text));
  channel.resume();
  const ended = new Promise<number>((resolve) => {
    let status = -1;
    channel.on('exit', (code: number | null) => (status = code ?? -1));
    channel.on('close', () => resolve(status));
  });
  archive.pipe(channel);
  for (const {path, header} of entries)
    archive.entry(header, header.type === 'directory' ? '' : await readFile(path));
  archive.finalize();
  const status = await ended;
  if (status !== 0) throw new LeanosError('FILE', `${remotePath}: the guest did not take it: ${said.trim()}`);
}

interface Sent {
  readonly path: string;
  readonly header: {
    readonly name: string;
    readonly type: 'file' | 'directory';
    readonly mode: number;
    readonly mtime: Date;
  };
}

/** What is sent, by the names that it has there. @throws LeanosError FILE */
async function sentFiles(path: string, name: string): Promise<Sent[]> {
  try {
    const found = await stat(path);
    const header = {name, mode: found.mode & 0o7777, mtime: found.mtime};
    if (!found.isDirectory()) {
      await access(path, constants.R_OK);
      return [{path, header: {...header, type: 'file'}}];
    }
    const children = (await readdir(path)).sort();
    const inside = await Promise.all(
      children.map((child) => sentFiles(join(path, child), `${name}/${child}`)),
    );
    return [{path, header: {...header, type: 'directory'}}, ...inside.flat()];
  } catch (error) {
    if (error instanceof LeanosError) throw error;
    throw new LeanosError('FILE', `${path}: ${whyUnread(error)}`, {cause: error});
  }
}
