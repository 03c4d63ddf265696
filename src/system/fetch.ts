import {existsSync} from 'node:fs';
import {copyFile, mkdir, rename, rm, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {count} from '../core/count.ts';
import {LeanosError} from '../core/error.ts';
import {hashFile} from './hash-file.ts';
import type {Run} from './run.ts';
import {sweepTemporary, temporaryFolder} from './temporary.ts';

/** A file that is named by where it is and what it must be. */
export interface Pin {
  /** An address, or `SCHEME:PATH` where the mirrors know the scheme. */
  readonly url: string;
  readonly sha256: string;
  /** Absent where only the sha256 is known. */
  readonly bytes?: number;
}

/** Brings pinned files here and gives their paths, in the order of the pins. */
export type FetchFile = (pins: readonly Pin[]) => Promise<string[]>;

export interface FetchOptions {
  /** The folder of downloads, by sha256. */
  readonly folder: string;
  readonly run: Run;
  /** Base addresses by scheme, for pins such as `debian:pool/…`. */
  readonly mirrors: Readonly<Record<string, string>>;
  readonly onProgress?: (text: string) => void;
}

// apt-helper is apt's own downloader: the host's proxies, retries and transports, and it refuses a wrong hash.
const APT_HELPER = '/usr/lib/apt/apt-helper';
// apt's default of 3 retries waits between them; a mirror that answers 404 is not asked again.
const APT_OPTIONS = ['-o', 'Acquire::Retries=3', '-o', 'APT::Sandbox::User=root'];

/**
 * The only door to the network in a build. Files are kept by sha256: what is there already, and still has it, is not fetched
 * again.
 * @throws LeanosError DOWNLOAD_FAILED with the files that could not be had
 */
export async function fetchFiles(pins: readonly Pin[], options: FetchOptions): Promise<string[]> {
  await mkdir(options.folder, {recursive: true});
  const paths = pins.map((pin) => join(options.folder, pin.sha256));
  const missing = new Map<string, Pin>(); // by sha256: a file may be asked for twice
  for (const [index, pin] of pins.entries()) {
    if (!(await isComplete(paths[index] ?? '', pin))) missing.set(pin.sha256, pin);
  }
  const damaged = [...missing.keys()].filter((sha256) => existsSync(join(options.folder, sha256)));
  if (damaged.length > 0)
    options.onProgress?.(`${count(damaged.length, 'download')} had changed, and must be fetched again`);
  if (missing.size > 0) await download([...missing.values()], options);
  return paths;
}

async function isComplete(path: string, pin: Pin): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || (pin.bytes !== undefined && found.size !== pin.bytes)) return false;
  return (await hashFile(path)) === pin.sha256;
}

async function download(
  pins: readonly Pin[],
  {folder, run, mirrors, onProgress}: FetchOptions,
): Promise<void> {
  await sweepTemporary(folder);
  await using temporary = await temporaryFolder(folder);
  const total = pins.reduce((sum, pin) => sum + (pin.bytes ?? 0), 0);
  onProgress?.(`downloading ${count(pins.length, 'file')}, ${(total / 1e6).toFixed(1)} MB`);
  const targets = pins.map((pin) => join(temporary.path, pin.sha256));
  const triplets = pins.flatMap((pin, index) => [
    address(pin.url, mirrors),
    targets[index] ?? '',
    `SHA256:${pin.sha256}`,
  ]);
  const failure = await run([APT_HELPER, ...APT_OPTIONS, 'download-file', ...triplets]).then(
    () => undefined,
    (error: unknown) => error,
  );
  const bad: Pin[] = [];
  for (const [index, pin] of pins.entries()) {
    if (!(await keep(targets[index] ?? '', pin, folder))) bad.push(pin);
  }
  if (bad.length > 0)
    throw downloadError(
      bad.map((pin) => address(pin.url, mirrors)),
      failure,
    );
}

/** Moves a file that is what it should be to its place. */
async function keep(file: string, pin: Pin, folder: string): Promise<boolean> {
  if (!(await isComplete(file, pin))) return false;
  await moveInto(file, join(folder, pin.sha256));
  return true;
}

// apt links a file:// source instead of copying it; a rename would keep the link.
async function moveInto(file: string, target: string): Promise<void> {
  const whole = `${file}.whole`;
  await copyFile(file, whole);
  await rename(whole, target);
  await rm(file, {force: true});
}

/** The full address of a pin. A `+` in a version is escaped, as apt does. */
export function address(url: string, mirrors: Readonly<Record<string, string>>): string {
  const [, scheme, path] = /^([\w-]+):(?!\/\/)(.*)$/.exec(url) ?? [];
  const base = scheme === undefined ? undefined : mirrors[scheme];
  return base === undefined ? url : `${base.replace(/\/$/, '')}/${(path ?? '').replaceAll('+', '%2b')}`;
}

function downloadError(bad: readonly string[], cause: unknown): LeanosError {
  if (cause instanceof LeanosError && (cause.code === 'NO_SPACE' || cause.code === 'INTERRUPTED'))
    return cause;
  const names = bad.map((url) => `  ${basename(decodeURIComponent(url))}  (${url})`);
  const said = cause instanceof Error ? complaints(cause.message) : '';
  return new LeanosError(
    'DOWNLOAD_FAILED',
    `cannot fetch, with the sha256 that is pinned:\n${names.join('\n')}${said}`,
    {
      hint: 'leanos lock     pins what the mirror has now',
      cause,
    },
  );
}

/** What apt said about it; the command itself is as long as the list of files. */
function complaints(message: string): string {
  return [...message.matchAll(/^\s*([EW]: .*)$/gm)].map(([, line]) => `\n  ${line ?? ''}`).join('');
}
