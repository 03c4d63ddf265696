import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, rename, symlink, utimes, writeFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {rootCertificates} from 'node:tls';
import type {Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {packageData} from '../formats/deb.ts';
import {sortedEntries, type Entry} from '../formats/file-tree.ts';
import {decodeTar} from '../formats/tar.ts';
import {address, type Pin} from './fetch.ts';
import {PlainNames} from './plain-names.ts';
import type {Run} from './run.ts';
import {sweepTemporary, temporaryFolder} from './temporary.ts';

/** What `locks/host-tools.json` says: see scripts/pin-host-tools.mjs. */
interface HostLock {
  /** The date of snapshot.debian.org that has all of it. */
  readonly snapshot: string;
  /** By Debian's name of the host's architecture. */
  readonly packages: Readonly<Record<string, readonly Pin[]>>;
}

export interface HostTreeOptions {
  /** The lock, a path. */
  readonly lock: string;
  /** The folder of unpacked trees, by digest. */
  readonly folder: string;
  readonly host: Architecture;
  readonly mirrors: Readonly<Record<string, string>>;
  /** For the proxies that apt goes by. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** Counts the ways that a tree was made in. */
const REVISION = 2;
const PROGRAMS = [
  'usr/bin/apt-cache',
  'usr/bin/apt-get',
  'usr/bin/dpkg',
  'usr/bin/dpkg-deb',
  'usr/bin/gpgv',
  'usr/bin/tar',
  'usr/lib/apt/apt-helper',
];
/** apt starts these itself. */
const METHODS = 'usr/lib/apt/methods';
/** dpkg's lists of processors and systems, which apt reads for itself. */
const TABLES = 'usr/share/dpkg';
const NOT_NEEDED = /^(var|usr\/share(?!\/dpkg\/)|usr\/lib\/systemd|usr\/libexec)(\/|$)/;
const COMMANDS = new Set(PROGRAMS.flatMap((path) => [basename(path), `/${path}`]));
const PROXIES = [
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];
/** Where distributions keep the certificates that their users trust. */
const CERTIFICATES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * A `run` that takes apt, dpkg and the tar that they call from a tree of pinned Debian packages, which is fetched and unpacked
 * without either when it is first needed. `isNeeded` says whether the host lacks them.
 */
export function runWithHostTree(
  run: Run,
  options: HostTreeOptions & {readonly isNeeded: () => boolean},
): Run {
  let tree: Promise<string> | undefined;
  return async ([name, ...args], more = {}) => {
    if (!COMMANDS.has(name) || !options.isNeeded()) return run([name, ...args], more);
    tree ??= ensureHostTree(options);
    const path = await tree;
    const env = {...treeEnvironment(path, options.environment), ...more.env};
    return run([join(path, 'bin', basename(name)), ...args], {...more, env});
  };
}

function treeEnvironment(tree: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  const proxies = PROXIES.map((name): [string, string] => [name, environment[name] ?? '']);
  return {
    ...Object.fromEntries(proxies.filter(([, value]) => value !== '')),
    PATH: `${join(tree, 'bin')}:${environment['PATH'] ?? ''}`,
    APT_CONFIG: join(tree, 'apt.conf'),
  };
}

/**
 * The folder of the tree, made where it is not there yet.
 * @throws LeanosError DOWNLOAD_FAILED, TOOL_MISSING, USAGE
 */
export async function ensureHostTree(options: HostTreeOptions): Promise<string> {
  const {lock, folder, host, note} = options;
  const {snapshot, packages} = JSON.parse(await readFile(lock, 'utf8')) as HostLock;
  const pins = packages[host.debian];
  if (pins === undefined)
    throw new LeanosError('TOOL_MISSING', `this host has no apt, and leanos none for ${host.name}`);
  const digest = createHash('sha256')
    .update(JSON.stringify([REVISION, pins]))
    .digest('hex');
  const tree = join(folder, digest);
  mustBePlain(tree);
  if (existsSync(tree)) {
    await utimes(tree, new Date(), new Date()); // `leanos clean` goes by it
    return tree;
  }
  note(`this host has no apt or dpkg: fetching Debian's own (once), ${pins.length} packages`);
  await mkdir(folder, {recursive: true});
  await sweepTemporary(folder);
  await using temporary = await temporaryFolder(folder);
  const fresh = join(temporary.path, 'tree');
  await unpack(await fetchAll(pins, snapshot, options), fresh);
  await writeWrappers(fresh, tree, host);
  await rename(fresh, tree).catch((error: unknown) => {
    if (!existsSync(tree)) throw error; // else another leanos was quicker, with the same
  });
  return tree;
}

function mustBePlain(tree: string): void {
  using names = new PlainNames();
  if (names.of(tree) === tree) return;
  throw new LeanosError(
    'USAGE',
    `${tree}: apt and the dynamic loader cannot work in a folder of such a name`,
    {
      hint: 'LEANOS_CACHE=/another/folder     puts what leanos keeps elsewhere',
    },
  );
}

/** The packages' bytes, in the order of the pins; a few are fetched at a time. */
async function fetchAll(
  pins: readonly Pin[],
  snapshot: string,
  {mirrors, signal}: HostTreeOptions,
): Promise<Buffer[]> {
  const archive = (name: string): string => `https://snapshot.debian.org/archive/${name}/${snapshot}`;
  const snapshots = Object.fromEntries(Object.keys(mirrors).map((scheme) => [scheme, archive(scheme)]));
  const found: Buffer[] = [];
  const waiting = [...pins.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, pin] = next;
      // A mirror forgets old packages; the snapshots do not.
      found[index] = await fetchPinned(pin, [address(pin.url, mirrors), address(pin.url, snapshots)], signal);
    }
  };
  await Promise.all(Array.from({length: Math.min(4, availableParallelism() + 1)}, worker));
  return found;
}

async function fetchPinned(pin: Pin, urls: readonly string[], signal: AbortSignal): Promise<Buffer> {
  const complaints: string[] = [];
  for (const url of urls) {
    try {
      const response = await fetch(url, {signal});
      const bytes = Buffer.from(await response.arrayBuffer());
      if (createHash('sha256').update(bytes).digest('hex') === pin.sha256) return bytes;
      complaints.push(`  ${url}: ${response.ok ? 'has another sha256' : `status ${response.status}`}`);
    } catch (error) {
      signal.throwIfAborted();
      const {message, cause} = error as Error;
      complaints.push(`  ${url}: ${cause instanceof Error ? cause.message : message}`);
    }
  }
  throw new LeanosError(
    'DOWNLOAD_FAILED',
    `this host has no apt or dpkg, and Debian's cannot be fetched:\n${complaints.join('\n')}`,
    {hint: 'LEANOS_DEBIAN_MIRROR=URL     takes another mirror; a host with apt and dpkg needs none of it'},
  );
}

async function unpack(archives: readonly Buffer[], folder: string): Promise<void> {
  for (const archive of archives) {
    const data = packageData(archive);
    if (data?.compression !== '.xz')
      throw new Error(`a pinned package has no data.tar.xz, but ${data?.compression}`);
    const tree = await decodeTar(await decompressXz(data.bytes));
    for (const [path, entry] of sortedEntries(tree))
      if (!NOT_NEEDED.test(path)) await place(join(folder, path), entry);
  }
}

async function decompressXz(bytes: Buffer): Promise<Buffer> {
  const {XzReadableStream} = await import('xz-decompress'); // hosts with dpkg never need it
  const {body} = new Response(new Uint8Array(bytes));
  if (body === null) return Buffer.alloc(0);
  return Buffer.from(await new Response(new XzReadableStream(body)).arrayBuffer());
}

async function place(path: string, entry: Entry): Promise<void> {
  if (entry.type === 'directory') {
    await mkdir(path, {recursive: true});
    return;
  }
  await mkdir(dirname(path), {recursive: true});
  if (entry.type === 'symlink') return symlink(entry.target, path);
  await writeFile(path, entry.data, {mode: entry.mode & 0o777});
}

/** Every program, those that apt starts too, is started by the tree's own dynamic loader (ld.so(8)): see system/tools-tree.ts. */
async function writeWrappers(fresh: string, tree: string, host: Architecture): Promise<void> {
  const libraries = `usr/lib/${host.triplet}`;
  const methods = (await readdir(join(fresh, METHODS))).map((name) => `${METHODS}/${name}`);
  const wrapper = async (folder: string, program: string): Promise<void> => {
    const path = join(fresh, folder, basename(program));
    await writeFile(
      path,
      `#!/bin/sh\nt=\${0%/*}/..\nexec "$t/${libraries}/${host.loader}" --argv0 "$0" --library-path "$t/${libraries}" "$t/${program}" "$@"\n`,
    );
    await chmod(path, 0o755);
  };
  await mkdir(join(fresh, 'bin'));
  await mkdir(join(fresh, 'methods'));
  await Promise.all(PROGRAMS.map((program) => wrapper('bin', program)));
  await Promise.all(methods.map((program) => wrapper('methods', program)));
  await writeFile(join(fresh, 'certificates.pem'), `${rootCertificates.join('\n')}\n`);
  await writeFile(join(fresh, 'apt.conf'), aptConf(tree, host));
}

/** apt.conf(5), and what apt is compiled with otherwise. gpgv has a place of its own, for apt looks for sqv nowhere but in /usr/bin. */
function aptConf(tree: string, host: Architecture): string {
  const certificates = CERTIFICATES.find((file) => existsSync(file)) ?? join(tree, 'certificates.pem');
  return `Dir "${tree}/";
Dir::Bin::methods "${tree}/methods/";
Dir::Bin::dpkg "${tree}/bin/dpkg";
Dir::dpkg::cputable "${tree}/${TABLES}/cputable";
Dir::dpkg::triplettable "${tree}/${TABLES}/triplettable";
Dir::dpkg::tupletable "${tree}/${TABLES}/tupletable";
APT::Key::GPGVCommand "${tree}/bin/gpgv";
APT::Architecture "${host.debian}";
APT::Sandbox::User "root";
Acquire::https::CAInfo "${certificates}";
`;
}
