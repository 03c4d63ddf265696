import {directory, file, symlink, type Entry} from '../../../../formats/file-tree.ts';
import type {Machine, ScriptedPackage} from '../machine.ts';
import {ownerOf} from './files.ts';

const FILES = /^usr\/lib\/tmpfiles\.d\/[^/]+\.conf$/;

/** A line of tmpfiles.d(5). */
interface Line {
  readonly path: string;
  readonly mode: number | undefined;
  readonly owner: {readonly uid?: number; readonly gid?: number};
  readonly argument: string;
}

/** Makes the files and folders of a package's tmpfiles.d(5), of one of its files where that is named. */
export function applyTmpfiles(from: ScriptedPackage, machine: Machine, name?: string): void {
  for (const [path, entry] of from.tree) {
    if (!FILES.test(path) || entry.type !== 'file' || (name !== undefined && !path.endsWith(`/${name}`)))
      continue;
    for (const [index, line] of entry.data.toString('utf8').split('\n').entries())
      if (!applyLine(line, machine))
        machine.unknown.push({package: from.name, script: path, line: index + 1, deed: line});
  }
}

type Apply = (line: Line, machine: Machine) => void;

/** Types of lines by their letter; what cleans up later, or sets attributes that STATE has none of, does nothing. */
const TYPES: Readonly<Record<string, Apply>> = {
  d: makeFolder,
  D: makeFolder,
  v: makeFolder,
  q: makeFolder,
  Q: makeFolder,
  e: adjust,
  z: adjust,
  Z: (line, machine) => {
    for (const path of machine.below(line.path)) adjust({...line, path}, machine);
  },
  f: (line, machine) => {
    if (machine.get(line.path) === undefined)
      machine.put(line.path, {...file(line.argument, line.mode ?? 0o644), ...line.owner});
  },
  L: (line, machine) => {
    const target = line.argument === '' ? `/usr/share/factory${line.path}` : line.argument;
    if (machine.get(line.path, {follow: false}) === undefined) machine.put(line.path, symlink(target));
  },
  C: (line, machine) => {
    const source = line.argument === '' ? `/usr/share/factory${line.path}` : line.argument;
    const place = machine.locate(source);
    if (machine.get(line.path) !== undefined) return;
    for (const path of machine.below(source)) {
      const entry = machine.files.get(path);
      if (entry !== undefined)
        machine.put(`${line.path}${path.slice(place.length)}`, {...entry, ...line.owner});
    }
  },
  ...Object.fromEntries(Array.from('xXrRaAtThH').map((letter): [string, Apply] => [letter, () => undefined])),
};

function applyLine(text: string, machine: Machine): boolean {
  const [type = '', path = '', mode = '-', user = '-', group = '-', , ...argument] = text.trim().split(/\s+/);
  if (type === '' || type.startsWith('#')) return true;
  const apply = TYPES[type.charAt(0)];
  const owner = ownerOf(
    {machine},
    [user, group].map((name) => (name === '-' ? 'root' : name.replace(/^:/, ''))).join(':'),
  );
  if (apply === undefined || owner === undefined || /%[^%]/.test(path)) return false;
  const digits = /^[:~]*([0-7]{3,4})$/.exec(mode)?.[1];
  if (mode !== '-' && digits === undefined) return false;
  apply(
    {
      path,
      mode: digits === undefined ? undefined : Number.parseInt(digits, 8),
      owner,
      argument: argument.join(' ').replace(/^-$/, ''),
    },
    machine,
  );
  return true;
}

function makeFolder(line: Line, machine: Machine): void {
  const {path, mode, owner} = line;
  if (machine.get(path) === undefined) machine.put(path, {...directory(mode ?? 0o755), ...owner});
  else adjust(line, machine);
}

function adjust({path, mode, owner}: Line, machine: Machine): void {
  const place = machine.locate(path);
  const entry: Entry | undefined = machine.files.get(place);
  if (entry !== undefined && entry.type !== 'symlink')
    machine.files.set(place, {...entry, ...owner, mode: mode ?? entry.mode});
}
