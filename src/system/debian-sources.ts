import {mkdir, readdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {count} from '../core/count.ts';
import {upstreamVersion} from '../formats/upstream-version.ts';
import {aptError} from './apt-error.ts';
import {aptStateOptions} from './apt-options.ts';
import type {AptSources} from './apt.ts';
import type {Pin} from './fetch.ts';
import {needRoom} from './files.ts';
import type {KeptFolder} from './kept-folder.ts';
import {PlainNames} from './plain-names.ts';
import type {Run} from './run.ts';

/** Upstream's source of a package as Debian has it. */
export interface SourceVersion {
  /** Upstream's version, without what Debian adds to it. */
  readonly version: string;
  /** The file: its address is in Debian's pool. */
  readonly pin: Pin;
}

/** Upstream's sources in Debian's archive. */
export interface SourceArchive {
  /** Files by their sha256; what is not there is left out. */
  readonly find: (digests: readonly string[]) => Promise<ReadonlyMap<string, Pin>>;
  /** The versions that there are of packages, by Buildroot's names; a package that is not there is left out. */
  readonly versions: (names: readonly string[]) => Promise<ReadonlyMap<string, readonly SourceVersion[]>>;
}

/** What Debian calls a source package, where Buildroot has another name. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = {
  libcurl: 'curl',
  libopenssl: 'openssl',
  'linux-pam': 'pam',
  'procps-ng': 'procps',
  signify: 'signify-openbsd',
};

/** Where Debian keeps upstream's tarballs: the image's release, the one before it, and the one to come. */
const SUITES = ['bookworm', 'trixie', 'sid'];
const KNOWN = 'debian-sources.json';

/** The lists of the suites, those before them, and what they are unpacked from, with a third to spare. */
const LIST_BYTES = 400 * 2 ** 20;

interface ArchiveOptions {
  readonly sources: AptSources;
  readonly run: Run;
  readonly folder: string;
  /** Where the archive's lists stay, so that the next search brings but what changed; one at a time has them. */
  readonly lists: () => Promise<KeptFolder>;
  readonly note: (text: string) => void;
}

/**
 * Debian's source packages hold upstream's tarball, byte for byte, in most cases (Debian Policy, "Source packages"). What was
 * found by its sha256 is remembered in `folder`. The lists need no signature: they only say where a file of a known sha256
 * lies, and which versions there are.
 */
export function sourceArchive(options: ArchiveOptions): SourceArchive {
  return {
    find: async (digests) => findFiles(digests, options),
    versions: async (names) => {
      options.note(`looking for ${count(names.length, 'package')} in Debian's archive`);
      const lists = await readLists(options);
      const found = names.map((name): [string, SourceVersion[]] => [
        name,
        lists.flatMap((list) => sourceVersions(list, DEBIAN_NAMES[name] ?? name)),
      ]);
      return new Map(found.filter(([, versions]) => versions.length > 0));
    },
  };
}

async function findFiles(
  digests: readonly string[],
  options: ArchiveOptions,
): Promise<ReadonlyMap<string, Pin>> {
  const file = join(options.folder, KNOWN);
  const known = new Map(await readKnown(file));
  const missing = [...new Set(digests)].filter((digest) => !known.has(digest));
  if (missing.length > 0) {
    options.note(`looking for ${count(missing.length, 'source file')} in Debian's archive`);
    const lists = await readLists(options);
    for (const digest of missing) {
      const pin = lists.map((list) => sourcePin(list, digest)).find((each) => each !== undefined);
      if (pin !== undefined) known.set(digest, pin);
    }
    await mkdir(options.folder, {recursive: true});
    await writeFile(`${file}.${process.pid}.tmp`, JSON.stringify([...known], null, 1));
    await rename(`${file}.${process.pid}.tmp`, file);
  }
  return new Map([...known].filter(([digest]) => digests.includes(digest)));
}

async function readKnown(file: string): Promise<[string, Pin][]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as [string, Pin][];
  } catch {
    return []; // not there, or half of it: it is asked for again
  }
}

/** The lists of source packages of all suites, as they are now. */
async function readLists({sources, run, lists: open}: ArchiveOptions): Promise<string[]> {
  await using kept = await open();
  using plain = new PlainNames();
  const path = plain.of(kept.path);
  await mkdir(join(path, 'lists/partial'), {recursive: true});
  await writeFile(join(path, 'status'), '');
  const lines = SUITES.map((suite) => `deb-src [trusted=yes] ${sources.mirror} ${suite} main\n`);
  await writeFile(join(path, 'sources.list'), lines.join(''));
  const options = [
    ...aptStateOptions(path),
    'Acquire::GzipIndexes=false', // some hosts keep them compressed
  ].flatMap((option) => ['-o', option]);
  // apt 2.6 waits for ever when the disk is full while it unpacks a list.
  await needRoom(path, {bytes: LIST_BYTES, what: "the lists of Debian's sources"});
  await run(['apt-get', ...options, 'update', '--quiet']).catch((error: unknown) => {
    throw aptError(error);
  });
  const names = (await readdir(join(path, 'lists'))).filter((name) => name.endsWith('_Sources'));
  return await Promise.all(names.sort().map((name) => readFile(join(path, 'lists', name), 'utf8')));
}

/** Where a file lies, from a list of source packages (deb822(5)): the stanza that names its sha256 names its folder. */
export function sourcePin(list: string, digest: string): Pin | undefined {
  const at = list.indexOf(` ${digest} `);
  if (at === -1) return undefined;
  const start = list.lastIndexOf('\n\n', at) + 1;
  const end = list.indexOf('\n\n', at);
  const stanza = list.slice(start, end === -1 ? undefined : end);
  const directory = /^Directory: (\S+)$/m.exec(stanza)?.[1];
  const [, bytes, name] = / (\d+) (\S+)/.exec(list.slice(at + digest.length + 1, at + 400)) ?? [];
  if (directory === undefined || bytes === undefined || name === undefined) return undefined;
  return {url: `debian:${directory}/${name}`, sha256: digest, bytes: Number(bytes)};
}

/** Upstream's tarball of each version that a list (deb822(5)) has of a source package. */
export function sourceVersions(list: string, name: string): SourceVersion[] {
  const stanzas = `\n\n${list}`.split(`\n\nPackage: ${name}\n`).slice(1);
  return stanzas.flatMap((text) => {
    const end = text.indexOf('\n\n');
    const stanza = end === -1 ? text : text.slice(0, end);
    const directory = /^Directory: (\S+)$/m.exec(stanza)?.[1];
    const version = /^Version: (\S+)$/m.exec(stanza)?.[1];
    const [, sha256, bytes, file] = /^ ([0-9a-f]{64}) (\d+) (\S+\.orig\.tar\.[a-z0-9]+)$/m.exec(stanza) ?? [];
    if (directory === undefined || version === undefined || sha256 === undefined) return [];
    return [
      {
        version: upstreamVersion(version),
        pin: {url: `debian:${directory}/${file ?? ''}`, sha256, bytes: Number(bytes)},
      },
    ];
  });
}
