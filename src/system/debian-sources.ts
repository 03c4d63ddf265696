import {mkdir, readdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {count} from '../core/count.ts';
import {aptStateOptions, type AptSources} from './apt.ts';
import type {Pin} from './fetch.ts';
import {needRoom} from './files.ts';
import type {KeptFolder} from './kept-folder.ts';
import type {Run} from './run.ts';

/** Finds files in Debian's archive by their sha256; what is not there is left out. */
export type SourceFinder = (digests: readonly string[]) => Promise<ReadonlyMap<string, Pin>>;

/** Where Debian keeps upstream's tarballs: the image's release, the one before it, and the one to come. */
const SUITES = ['bookworm', 'trixie', 'sid'];
const KNOWN = 'debian-sources.json';

/** The lists of the suites, those before them, and what they are unpacked from, with a third to spare. */
const LIST_BYTES = 400 * 2 ** 20;

/**
 * Debian's source packages hold upstream's tarball, byte for byte, in most cases (Debian Policy, "Source packages"). What was
 * found once is remembered in `folder`. The lists need no signature: they only say where a file of a known sha256 lies.
 */
export function sourceFinder(options: {
  readonly sources: AptSources;
  readonly run: Run;
  readonly folder: string;
  /** Where the archive's lists stay, so that the next search brings but what changed; one at a time has them. */
  readonly lists: () => Promise<KeptFolder>;
  readonly note: (text: string) => void;
}): SourceFinder {
  return async (digests) => {
    const file = join(options.folder, KNOWN);
    const known = new Map(await readKnown(file));
    const missing = [...new Set(digests)].filter((digest) => !known.has(digest));
    if (missing.length > 0) {
      options.note(`looking for ${count(missing.length, 'source file')} in Debian's archive`);
      for (const [digest, pin] of await search(missing, options)) known.set(digest, pin);
      await mkdir(options.folder, {recursive: true});
      await writeFile(`${file}.${process.pid}.tmp`, JSON.stringify([...known], null, 1));
      await rename(`${file}.${process.pid}.tmp`, file);
    }
    return new Map([...known].filter(([digest]) => digests.includes(digest)));
  };
}

async function readKnown(file: string): Promise<[string, Pin][]> {
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as [string, Pin][],
    () => [],
  );
}

async function search(
  digests: readonly string[],
  {sources, run, lists: open}: {sources: AptSources; run: Run; lists: () => Promise<KeptFolder>},
): Promise<[string, Pin][]> {
  await using kept = await open();
  const {path} = kept;
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
  await run(['apt-get', ...options, 'update', '--quiet']);
  const lists = (await readdir(join(path, 'lists'))).filter((name) => name.endsWith('_Sources'));
  const found: [string, Pin][] = [];
  for (const name of lists.sort()) {
    const text = await readFile(join(path, 'lists', name), 'utf8');
    for (const digest of digests) {
      const pin = sourcePin(text, digest);
      if (pin !== undefined && !found.some(([known]) => known === digest)) found.push([digest, pin]);
    }
  }
  return found;
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
