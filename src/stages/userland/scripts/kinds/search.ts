import {posix} from 'node:path';
import type {Entry} from '../../../../formats/file-tree.ts';
import type {Commands} from '../kinds.ts';
import {Glob} from '../patterns.ts';
import {readOptions} from '../options.ts';
import type {Call} from '../shell.ts';

/** What finds files, and what says of them what they are. */
export const SEARCH_COMMANDS: Commands = {
  find: (call) => {
    const at = call.args.findIndex((word) => /^[-!(]/.test(word));
    const paths = at === -1 ? call.args : call.args.slice(0, at);
    const tests = parseTests(at === -1 ? [] : call.args.slice(at), call);
    if (tests === undefined) return call.unknown();
    const found = paths.flatMap((path) => walk(call, path, tests));
    if (tests.deletes) for (const path of found.reverse()) call.machine.remove(call.shell.path(path));
    else call.write(found.map((path) => `${path}${tests.end}`).join(''));
    return 0;
  },
  xargs: (call) => {
    const options = readOptions(call.args, {switches: ['0', 'r', 'null', 'no-run-if-empty']});
    const at = call.args.findIndex((word) => !word.startsWith('-'));
    const text = call.input.all();
    const words = call.args.some((word) => /^-\w*0/.test(word)) ? text.split('\0') : text.split(/\s+/);
    const given = words.filter((word) => word !== '');
    const [name, ...args] = at === -1 ? [] : call.args.slice(at);
    if (given.length === 0) return 0;
    return options === undefined || name === undefined
      ? call.unknown()
      : call.shell.call(name, [...args, ...given], call);
  },
  stat: (call) => {
    const options = readOptions(call.args, {
      valued: ['c', 'format', 'printf'],
      switches: ['L', 'dereference'],
    });
    const format = options?.values.get('c') ?? options?.values.get('format');
    if (options === undefined || format === undefined) return call.unknown();
    for (const path of options.words.map((word) => call.shell.path(word))) {
      const entry = call.machine.get(path);
      if (entry === undefined) return 1;
      call.write(`${format.replaceAll(/%(\w)/g, (token, sign: string) => FACTS[sign]?.(entry) ?? token)}\n`);
    }
    return 0;
  },
  df: ({write}) => {
    write('Avail\n1000000000\n'); // room is what whoever makes the disk decides
    return 0;
  },
};

const FACTS: Readonly<Record<string, (entry: Entry) => string>> = {
  a: ({mode}) => mode.toString(8),
  u: ({uid}) => String(uid),
  g: ({gid}) => String(gid),
  U: ({uid}) => (uid === 0 ? 'root' : String(uid)),
  G: ({gid}) => (gid === 0 ? 'root' : String(gid)),
  s: (entry) => String(entry.type === 'file' ? entry.data.length : 0),
};

type Test = (path: string, entry: Entry, depth: number) => boolean;

interface Tests {
  readonly all: readonly Test[];
  readonly deletes: boolean;
  /** What follows each path that is printed. */
  readonly end: string;
}

const TYPES: Readonly<Record<string, Entry['type']>> = {f: 'file', d: 'directory', l: 'symlink'};

/** Tests of find(1) with their word, by name. */
function testsOf(call: Call): Readonly<Record<string, (word: string) => Test>> {
  const {machine, shell} = call;
  return {
    '-type': (word) => (_, entry) => entry.type === TYPES[word],
    '-name': (word) => {
      const wanted = new Glob([{text: word, quoted: false}], shell.spend);
      return (path) => wanted.test(posix.basename(path));
    },
    '-maxdepth': (word) => (_path, _entry, depth) => depth <= Number(word),
    '-mindepth': (word) => (_path, _entry, depth) => depth >= Number(word),
    '-user': (word) => (_, entry) => entry.uid === machine.accounts.uid(word),
    '-group': (word) => (_, entry) => entry.gid === machine.accounts.gid(word),
    '-uid': (word) => (_, entry) => entry.uid === Number(word),
    '-gid': (word) => (_, entry) => entry.gid === Number(word),
  };
}

function parseTests(words: readonly string[], call: Call): Tests | undefined {
  const all: Test[] = [];
  const known = testsOf(call);
  let [deletes, end, isNegated] = [false, '\n', false];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '!' || word === '-not') {
      isNegated = true;
      continue;
    }
    const valued = known[word];
    if (word === '-delete') deletes = true;
    else if (word === '-print0') end = '\0';
    else if (word === '-empty')
      all.push((path, entry) =>
        entry.type === 'directory'
          ? call.machine.names(path).length === 0
          : entry.type === 'file' && entry.data.length === 0,
      );
    else if (valued !== undefined) {
      const test = valued(rest.shift() ?? '');
      const negates = isNegated;
      all.push((...found) => test(...found) !== negates);
    } else if (word === '-or' || word === '-o') {
      // What was found so far is printed by itself: `-print0 -or …`.
      const other = parseTests(rest.splice(0), call);
      if (other === undefined) return undefined;
      const before = all.splice(0);
      const holds =
        (tests: readonly Test[]): Test =>
        (...found) =>
          tests.every((test) => test(...found));
      all.push((...found) => holds(before)(...found) || holds(other.all)(...found));
    } else if (word !== '-print' && word !== '-xdev') return undefined;
    isNegated = false;
  }
  return {all, deletes, end};
}

function walk({machine, shell}: Call, path: string, {all}: Tests): string[] {
  const place = machine.locate(shell.path(path));
  return machine
    .below(place)
    .sort()
    .flatMap((each) => {
      const entry = machine.files.get(each);
      const rest = each.slice(place.length);
      const depth = rest.split('/').length - 1;
      const isFound = entry !== undefined && all.every((test) => test(each, entry, depth));
      return isFound ? [`${path}${rest}`] : [];
    });
}
