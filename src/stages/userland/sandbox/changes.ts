import {join} from 'node:path';
import {LeanosError} from '../../../core/error.ts';
import {normalPath, type Entry, type FileTree} from '../../../formats/file-tree.ts';
import {decodeTar} from '../../../formats/tar.ts';
import {readRegular} from '../../../system/regular-file.ts';
import {twin, type ScriptedPackage} from '../scripts/machine.ts';

/** What a part of an installation changed in a sandbox. Owners are its numbers. */
export interface Change {
  /** What is new, or other than before. */
  readonly entries: FileTree;
  /** Paths that are there no more. */
  readonly gone: readonly string[];
  /** passwd(5) and group(5), before and after. */
  readonly accounts: Readonly<Record<'passwd' | 'group', {readonly before: string; readonly after: string}>>;
}

/** What the scripts of a package changed, by the part of the installation that runs them. */
export interface SandboxedDeeds {
  readonly unpack: Change;
  readonly configure: Change;
  readonly trigger: Change;
}

/** What no machine has of an installation, with why. */
const PASSED_OVER: readonly {readonly pattern: RegExp; readonly why: string}[] = [
  {pattern: /^(dev|proc|sys|tmp|var\/tmp|boot)\//, why: 'is there while a machine runs'},
  {pattern: /^run\/(adduser|lock)(\/|$)/, why: 'is a lock'},
  {pattern: /^var\/lib\/dpkg\/|\.dpkg-(new|old|dist|tmp)$/, why: 'is what dpkg remembers'},
  {
    pattern: /^var\/(cache\/(debconf|man|ldconfig|apt)|lib\/(ucf|systemd|apt)|backups)(\/|$)/,
    why: 'is remembered for upgrades',
  },
  {
    pattern: /^var\/log\/(alternatives|dpkg|bootstrap)\.log$|^var\/log\/apt(\/|$)/,
    why: 'tells of the installation',
  },
  {
    pattern: /^etc\/((passwd|group|shadow|gshadow|subuid|subgid)-?|\.pwd\.lock)$/,
    why: 'accounts are values',
  },
  {
    pattern: /^etc\/(ld\.so\.cache|mtab|machine-id|resolv\.conf|hostname|hosts)$/,
    why: "is a machine's own",
  },
  {pattern: /^etc\/alternatives\//, why: 'links lead straight to programs'},
];

/** Reads what a sandbox has written down of a part of an installation; the files that the package itself brings are none of it. */
export async function readChange(folder: string, record: string, own: ScriptedPackage): Promise<Change> {
  const result = (name: string): Promise<Buffer> => readResult(join(folder, `${record}.${name}`));
  const text = async (name: string): Promise<string> => (await result(name)).toString('utf8');
  const all = await decodeTar(await result('tar'));
  const listed = (await text('before')).split('\0').filter((path) => path !== '');
  const brought = new Map([...own.tree].map(([path, entry]) => [twin(path), entry]));
  return {
    entries: new Map(
      [...straight(all)].filter(([path, entry]) => isKept(path) && !isSame(brought.get(path), entry)),
    ),
    gone: listed.filter((path) => !all.has(path) && isKept(path)),
    accounts: {
      passwd: {before: await text('passwd-before'), after: await text('passwd')},
      group: {before: await text('group-before'), after: await text('group')},
    },
  };
}

/** More than scripts leave; the root they write to is in memory. */
const MOST_BYTES = 2 ** 30;

/** Scripts were root where this lies: it may be a link to a file of the host's, or a pipe that nobody writes to. */
async function readResult(path: string): Promise<Buffer> {
  const bytes = await readRegular(path, {most: MOST_BYTES, follow: false});
  if (bytes === undefined) throw new LeanosError('FILE', `the sandbox has left no ${path}`);
  return bytes;
}

function isKept(path: string): boolean {
  return path !== '' && !PASSED_OVER.some(({pattern}) => pattern.test(path));
}

/** A tree whose links of update-alternatives(1) lead straight to programs, and whose logs have nothing in them yet. */
function straight(tree: FileTree): FileTree {
  const emptied = [...tree].map(([path, entry]): [string, Entry] => [
    path,
    entry.type === 'file' && path.startsWith('var/log/') ? {...entry, data: Buffer.alloc(0)} : entry,
  ]);
  return new Map([...emptied, ...alternatives(tree)]);
}

const ALTERNATIVES = 'var/lib/dpkg/alternatives/';

/** The links of alternatives that have changed, by what update-alternatives(1) remembers: below a status the link, then slaves in pairs. */
function alternatives(tree: FileTree): [string, Entry][] {
  return [...tree].flatMap(([path, entry]) => {
    if (entry.type !== 'file' || !path.startsWith(ALTERNATIVES)) return [];
    const [, link = '', ...lines] = entry.data.toString('utf8').split('\n');
    const slaves = lines.slice(0, lines.indexOf(''));
    const pairs = [
      [path.slice(ALTERNATIVES.length), link],
      ...slaves.flatMap((name, at) => (at % 2 === 0 ? [[name, slaves[at + 1] ?? '']] : [])),
    ];
    return pairs.flatMap(([name = '', place = '']): [string, Entry][] => {
      const led = tree.get(`etc/alternatives/${name}`);
      return led?.type === 'symlink' ? [[normalPath(place), led]] : [];
    });
  });
}

/** Whether two entries are of the same kind, content, mode and owner. */
export function isSame(one: Entry | undefined, other: Entry): boolean {
  if (one?.type !== other.type) return false;
  if (one.type === 'symlink' && other.type === 'symlink') return one.target === other.target;
  if (one.mode !== other.mode || one.uid !== other.uid || one.gid !== other.gid) return false;
  return one.type !== 'file' || other.type !== 'file' || one.data.equals(other.data);
}
