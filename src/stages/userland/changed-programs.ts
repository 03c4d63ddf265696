import type {FileTree} from '../../formats/file-tree.ts';
import type {UnpackedPackage} from './packages.ts';
import {NOT_OFFERED, withoutAlgorithms} from './ssh-algorithms.ts';

interface Change {
  readonly path: string;
  readonly change: (data: Buffer) => Buffer;
  /** What the SBOM says of it. */
  readonly what: string;
}

/** The files that a guest has in another form than Debian, by the names of their packages. */
const CHANGES: Readonly<Partial<Record<string, Change>>> = {
  'cron-daemon-common': {
    path: 'etc/crontab',
    change: (table) => Buffer.from(table.toString('utf8').replaceAll('run-parts --report', 'run-parts')),
    what: "in /etc/crontab run-parts is called without --report, which BusyBox's does not have",
  },
  'dropbear-bin': {
    path: 'usr/sbin/dropbear',
    change: (program) => withoutAlgorithms(program, NOT_OFFERED),
    what: `in /usr/sbin/dropbear the flags are off that make these algorithms of the server usable: ${NOT_OFFERED.join(', ')}`,
  },
};

/** A package as a guest has it. */
export function asGuestsHaveIt(each: UnpackedPackage): UnpackedPackage {
  const row = CHANGES[each.name];
  const entry = row === undefined ? undefined : each.tree.get(row.path);
  if (row === undefined || entry?.type !== 'file') return each;
  const tree: FileTree = new Map([...each.tree, [row.path, {...entry, data: row.change(entry.data)}]]);
  return {...each, tree, changed: row.what};
}
