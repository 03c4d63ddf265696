import type {Commands} from '../kinds.ts';
import type {ScriptedPackage} from '../machine.ts';
import {readOptions} from '../options.ts';
import type {Call} from '../shell.ts';
import {changedMode} from '../modes.ts';
import {ownerOf} from './files.ts';

/** What packages ask of dpkg, and tell it. */
export const DPKG_COMMANDS: Commands = {
  dpkg: (call) => {
    const [word = '', ...rest] = call.args.filter((each) => each !== '--');
    const command = DPKG[word];
    return command === undefined ? call.unknown() : command({...call, args: rest});
  },
  'dpkg-query': (call) => {
    const [word = '', ...rest] = call.args;
    if (word === '-L' || word === '--listfiles') return listFiles({...call, args: rest});
    if (word === '-l') return rest.some((name) => call.machine.packages.has(name)) ? call.unknown() : 1;
    return query(call);
  },
  'dpkg-statoverride': (call) => {
    const {args, machine, shell} = call;
    if (args.includes('--list')) return 1; // nobody has overridden anything
    const at = args.indexOf('--add');
    if (at === -1) return 0;
    const [user = '', group = '', mode = '', path = ''] = args
      .slice(at + 1)
      .filter((word) => !word.startsWith('--'));
    const owner = ownerOf(call, `${user}:${group}`);
    const entry = machine.get(shell.path(path));
    const bits = changedMode(0, mode);
    if (owner === undefined || bits === undefined) return call.unknown();
    if (entry !== undefined) machine.put(machine.locate(shell.path(path)), {...entry, ...owner, mode: bits});
    return 0;
  },
  'dpkg-divert': (call) => {
    const {args, write} = call;
    const truename = args.indexOf('--truename');
    if (truename !== -1) write(`${args[truename + 1] ?? ''}\n`);
    const isIdle =
      truename !== -1 ||
      args.includes('--remove') ||
      args.includes('--list') ||
      args.includes('--listpackage');
    return isIdle ? 0 : divert(call);
  },
  'dpkg-trigger': ({args, machine}) => {
    for (const word of args)
      if (!word.startsWith('--') || word.startsWith('--by-package')) machine.triggers.add(word);
    return 0;
  },
  // At a first installation there is nothing to move out of the way.
  'dpkg-maintscript-helper': () => 0,
  'dpkg-architecture': () => 0,
};

const DPKG: Readonly<Record<string, (call: Call) => number>> = {
  '--compare-versions': compareVersions,
  '--print-architecture': ({shell, write}) => {
    write(`${shell.origin.package.architecture === 'all' ? 'amd64' : shell.origin.package.architecture}\n`);
    return 0;
  },
  '-L': listFiles,
  '--listfiles': listFiles,
};

/** dpkg(1): without a version, as at a first installation, `lt` and its kin take it for the oldest, `lt-nl` for the newest. */
function compareVersions(call: Call): number {
  const [a = '', operator = '', b = ''] = call.args;
  const [, name = '', newest] = /^(lt|le|eq|ne|ge|gt)(-nl)?$/.exec(operator) ?? [];
  if (name === '' || (a !== '' && b !== '' && a !== b)) return call.unknown();
  const order = a === b ? 0 : (a === '') !== (newest !== undefined) ? -1 : 1;
  const holds: Readonly<Record<string, boolean>> = {
    lt: order < 0,
    le: order <= 0,
    eq: order === 0,
    ne: order !== 0,
    ge: order >= 0,
    gt: order > 0,
  };
  return holds[name] === true ? 0 : 1;
}

function listFiles({args, machine, write}: Call): number {
  for (const word of args) {
    const found = machine.packages.get(word.replace(/:.*/, ''));
    if (found === undefined) return 1;
    for (const path of [...found.tree.keys()].sort()) write(`/${path}\n`);
  }
  return 0;
}

/** dpkg-query(1): what is said of a package, by its format; of one that is not there nothing, with status 1. */
function query(call: Call): number {
  const options = readOptions(call.args, {valued: ['f', 'showformat'], switches: ['W', 'show', 's']});
  const format = options?.values.get('f') ?? options?.values.get('showformat');
  if (options === undefined || format === undefined) return call.unknown();
  let status = 0;
  for (const found of options.words.map((word) => call.machine.packages.get(word.replace(/:.*/, '')))) {
    if (found === undefined) status = 1;
    else
      call.write(
        format
          .replaceAll('\\n', '\n')
          .replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => FIELDS[name]?.(found) ?? ''),
      );
  }
  return status;
}

const FIELDS: Readonly<Record<string, (of: ScriptedPackage) => string>> = {
  Package: ({name}) => name,
  Version: ({version}) => version,
  Architecture: ({architecture}) => architecture,
  Status: () => 'install ok installed',
  'db:Status-Want': () => 'install',
  'db:Status-Status': () => 'installed',
};

/** dpkg-divert(1) with `--rename`: what another package has at a path goes elsewhere, and the own file gets the place. */
function divert({args, machine, shell}: Call): number {
  const path = args.at(-1) ?? '';
  const at = args.indexOf('--divert');
  const to = at === -1 ? `${path}.distrib` : (args[at + 1] ?? '');
  if (!args.includes('--rename')) return 0;
  const own = shell.origin.package;
  const place = machine.locate(path, {follow: false});
  const of = (from: ScriptedPackage) => from.tree.get(place);
  const other = [...machine.packages.values()]
    .filter((each) => each !== own)
    .map(of)
    .find((entry) => entry !== undefined);
  if (other === undefined) return 0;
  machine.put(to, other);
  const mine = of(own);
  if (mine === undefined) machine.remove(path);
  else machine.put(path, mine);
  return 0;
}
