import {posix} from 'node:path';
import {directory, file, normalPath, type Entry, type FileTree} from '../../../formats/file-tree.ts';
import {isUsrTwin, mergedPath} from '../../../formats/usr-twins.ts';
import {Accounts} from './accounts.ts';

/** A package as its maintainer scripts see it. */
export interface ScriptedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** All of its files, those that an image does not take too. */
  readonly tree: FileTree;
  /** deb-control(5), preinst, postinst, triggers, templates. */
  readonly control: FileTree;
}

/** What a script does and leanos does not do after it. */
export interface UnknownDeed {
  readonly package: string;
  /** `postinst`, or a program of a package that it starts. */
  readonly script: string;
  readonly line: number;
  readonly deed: string;
}

/** What is there before any package is, as in a new root of Debian. */
const FOLDERS = [
  ...['', 'boot', 'dev', 'etc', 'home', 'mnt', 'opt', 'proc', 'root', 'run', 'run/lock', 'srv', 'sys', 'tmp'],
  ...['usr', 'usr/bin', 'usr/lib', 'usr/local', 'usr/local/lib', 'usr/local/share', 'usr/sbin', 'usr/share'],
  ...['var', 'var/backups', 'var/cache', 'var/lib', 'var/lib/misc', 'var/log', 'var/mail', 'var/spool'],
  ...['var/tmp', 'var/lib/dpkg', 'var/lib/dpkg/info'],
];
/** What is one folder with another in /run. */
const LOCK = /^var\/(run|lock)(?=\/|$)/;
const MOST_LINKS = 40; // as path_resolution(7)

/** A machine that the packages are unpacked on, as values: what their scripts do is done to it, and nothing is run. */
export class Machine {
  readonly files = new Map<string, Entry>();
  /** The names in each folder. */
  readonly #folders = new Map<string, Set<string>>();
  readonly accounts = new Accounts();
  readonly packages: ReadonlyMap<string, ScriptedPackage>;
  readonly unknown: UnknownDeed[] = [];
  /** The best of the programs that stand for a name, by the path of its link. */
  readonly alternatives = new Map<string, {readonly target: string; readonly priority: number}>();
  /** The names of triggers that scripts activate. */
  readonly triggers = new Set<string>();
  /** What debconf answers. */
  readonly answers = new Map<string, string>();

  /** Whether its kernel looks for capabilities of files in /usr. */
  readonly keepsCapabilities: boolean;

  constructor(packages: readonly ScriptedPackage[], {keepsCapabilities = true} = {}) {
    this.keepsCapabilities = keepsCapabilities;
    this.packages = new Map(packages.map((each) => [each.name, each]));
    for (const path of FOLDERS) this.put(path, directory());
    for (const path of ['tmp', 'var/tmp']) this.put(path, directory(0o1777));
    this.put('usr/bin/sh', file('', 0o755)); // BusyBox's, which comes later
    for (const {tree} of packages) for (const [path, entry] of tree) this.put(path, entry);
  }

  /** The one path of what a path leads to; of a link at its end that is the link itself, unless it is followed. */
  locate(path: string, {follow = true} = {}): string {
    let rest = twin(normalise(path)).split('/');
    let found = '';
    for (let links = 0; rest.length > 0;) {
      const [part = '', ...more] = rest;
      const here = found === '' ? part : `${found}/${part}`;
      const entry = this.files.get(here);
      if (entry?.type === 'symlink' && (follow || more.length > 0) && links < MOST_LINKS) {
        links += 1;
        const target = entry.target.startsWith('/') ? entry.target : `/${found}/${entry.target}`;
        rest = twin(normalise([target, ...more].join('/'))).split('/');
        found = '';
      } else {
        found = here;
        rest = more;
      }
    }
    return found;
  }

  get(path: string, options?: {follow: boolean}): Entry | undefined {
    return this.files.get(this.locate(path, options));
  }

  /** Puts an entry at a path; what lies above it is made. A folder over a link to one keeps the link. */
  put(path: string, entry: Entry): void {
    const place = this.locate(path, {follow: entry.type === 'directory'});
    const above = folderOf(place);
    if (above !== '' && this.files.get(above) === undefined) this.put(above, directory());
    this.files.set(place, entry);
    if (place === '') return;
    const names = this.#folders.get(above) ?? new Set();
    this.#folders.set(above, names.add(place.slice(above === '' ? 0 : above.length + 1)));
  }

  /** Whether a folder is one that every machine has, as it has it. */
  isSkeleton(path: string): boolean {
    const entry = this.files.get(path);
    return FOLDERS.includes(path) && entry?.type === 'directory' && entry.uid === 0 && entry.mode === 0o755;
  }

  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined {
    const entry = this.get(path);
    return entry?.type === 'file' ? entry.data.toString('utf8') : undefined;
  }

  /** Writes a text into a file, which keeps the owner and mode that it has. */
  write(path: string, text: string, {append = false, mode = 0o644} = {}): void {
    if (normalise(path).startsWith('dev/')) return;
    const place = this.locate(path);
    const before = this.files.get(place);
    const start = append && before?.type === 'file' ? before.data : Buffer.alloc(0);
    const data = Buffer.concat([start, Buffer.from(text)]);
    this.put(place, before?.type === 'file' ? {...before, data} : file(data, mode));
  }

  /** The names in a folder, sorted. */
  names(path: string): string[] {
    return [...(this.#folders.get(this.locate(path)) ?? [])].sort();
  }

  /** The paths of a folder and all that is below it. */
  below(path: string): string[] {
    const place = this.locate(path, {follow: false});
    if (!this.files.has(place)) return [];
    const names = [...(this.#folders.get(place) ?? [])].sort();
    return [place, ...names.flatMap((name) => this.below(place === '' ? name : `${place}/${name}`))];
  }

  /** Takes a path away, with all that is below it. */
  remove(path: string): void {
    for (const each of this.below(path)) {
      this.files.delete(each);
      this.#folders.delete(each);
      this.#folders.get(folderOf(each))?.delete(posix.basename(each));
    }
  }
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/** Whether a path is one of the links to a folder of /usr. */
export function isTwin(path: string): boolean {
  return isUsrTwin(normalise(path));
}

/** The path of a file where all links between folders are followed: those to /usr, and those of /var to /run. */
export function twin(path: string): string {
  return mergedPath(path).replace(LOCK, 'run');
}

/** A path from the root, without what leads back. */
function normalise(path: string): string {
  return normalPath(posix.normalize(`/${path}`));
}
