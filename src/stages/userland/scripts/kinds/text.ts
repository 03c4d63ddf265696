import {posix} from 'node:path';
import {Expression} from '../expressions.ts';
import type {Commands} from '../kinds.ts';
import {readOptions} from '../options.ts';
import {editText} from '../sed.ts';
import type {Call} from '../shell.ts';

/** What prints, and what changes or searches texts. */
export const TEXT_COMMANDS: Commands = {
  echo: ({args, write}) => {
    const [first, ...rest] = args;
    write(first === '-n' ? rest.join(' ') : `${args.join(' ')}\n`);
    return 0;
  },
  printf: ({args: [format = '', ...args], write}) => {
    write(formatted(format, args));
    return 0;
  },
  cat: (call) => {
    const texts = inputs(
      call,
      call.args.filter((word) => word === '-' || !word.startsWith('-')),
    );
    for (const text of texts) call.write(text ?? '');
    return texts.includes(undefined) ? 1 : 0;
  },
  basename: ({args: [path = '', suffix = ''], write}) => {
    write(`${posix.basename(path, suffix)}\n`);
    return 0;
  },
  dirname: ({args: [path = ''], write}) => {
    write(`${posix.dirname(path)}\n`);
    return 0;
  },
  date: ({write}) => {
    write('Thu Jan  1 00:00:00 UTC 1970\n');
    return 0;
  },
  hostname: ({write}) => {
    write('localhost\n');
    return 0;
  },
  uname: ({write, args}) => {
    write(`${args.map((word) => KERNEL[word] ?? 'Linux').join(' ') || 'Linux'}\n`);
    return 0;
  },
  grep,
  egrep: (call) => grep({...call, args: ['-E', ...call.args]}),
  fgrep: (call) => grep({...call, args: ['-F', ...call.args]}),
  head: (call) => some(call, (lines, count) => lines.slice(0, count)),
  tail: (call) => some(call, (lines, count) => lines.slice(-count)),
  cut: (call) => {
    const options = readOptions(call.args, {valued: ['d', 'f', 'c'], switches: ['s']});
    const fields = /^(\d+)(-(\d*))?$/.exec(options?.values.get('f') ?? '');
    if (options === undefined || fields === null) return call.unknown();
    const delimiter = options.values.get('d') ?? '\t';
    const first = Number(fields[1]);
    const last = fields[2] === undefined ? first : Number(fields[3] === '' ? Infinity : fields[3]);
    return lineByLine(call, options.words, (line) =>
      line.includes(delimiter)
        ? line
            .split(delimiter)
            .slice(first - 1, last)
            .join(delimiter)
        : line,
    );
  },
  tr: (call) => {
    const [from = '', to = ''] = call.args.filter((word) => !word.startsWith('-'));
    const given = call.args.includes('-d') ? [] : signs(to);
    const places = new Map(signs(from).map((sign, at) => [sign, at]));
    const text = Array.from(call.input.all())
      .map((sign) => {
        const at = places.get(sign);
        return at === undefined ? sign : (given[Math.min(at, given.length - 1)] ?? '');
      })
      .join('');
    call.write(text);
    return 0;
  },
  sort: (call) => {
    const isUnique = call.args.some((word) => /^-\w*u/.test(word));
    const lines = linesOf(
      inputs(
        call,
        call.args.filter((word) => !word.startsWith('-')),
      ).join(''),
    ).sort();
    call.write(joined(isUnique ? [...new Set(lines)] : lines));
    return 0;
  },
  wc: (call) => {
    if (!call.args.includes('-l')) return call.unknown();
    call.write(
      `${
        linesOf(
          inputs(
            call,
            call.args.filter((word) => !word.startsWith('-')),
          ).join(''),
        ).length
      }\n`,
    );
    return 0;
  },
  uniq: (call) => {
    const counts = call.args.includes('-c');
    const runs: {line: string; times: number}[] = [];
    for (const line of linesOf(call.input.all())) {
      const last = runs.at(-1);
      if (last?.line === line) last.times += 1;
      else runs.push({line, times: 1});
    }
    call.write(joined(runs.map(({line, times}) => (counts ? `${String(times).padStart(7)} ${line}` : line))));
    return 0;
  },
  cmp: compare,
  diff: compare,
  sed: editText,
  tee: (call) => {
    const text = call.input.all();
    call.write(text);
    for (const word of call.args.filter((each) => !each.startsWith('-')))
      call.machine.write(call.shell.path(word), text, {append: call.args.includes('-a')});
    return 0;
  },
};

/** What uname(1) says: a kernel that no package finds too old. */
const KERNEL: Readonly<Record<string, string>> = {'-r': '6.12.0', '-m': 'unknown'};

/** printf(1): the format again for as long as there are words; what follows a percent sign is a text or a number. */
function formatted(format: string, args: readonly string[]): string {
  const rest = [...args];
  let text = '';
  do {
    text += format.replaceAll(/%%|%[-0-9.]*[a-z]|\\[nt\\"0]/g, (token) => {
      if (token === '%%') return '%';
      if (token.startsWith('%')) return rest.shift() ?? '';
      return ({'\\n': '\n', '\\t': '\t'} as Readonly<Record<string, string>>)[token] ?? token.slice(1);
    });
  } while (rest.length > 0 && format.includes('%'));
  return text;
}

/** The texts of files, or of what is read where none is named; undefined where one is not there. */
export function inputs({machine, shell, input}: Call, paths: readonly string[]): (string | undefined)[] {
  if (paths.length === 0) return [input.all()];
  return paths.map((path) => {
    if (path === '-') return input.all();
    return path === '/dev/null' ? '' : machine.read(shell.path(path));
  });
}

export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

export function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function lineByLine(call: Call, paths: readonly string[], change: (line: string) => string): number {
  for (const text of inputs(call, paths)) call.write(joined(linesOf(text ?? '').map(change)));
  return 0;
}

function some(call: Call, take: (lines: string[], count: number) => string[]): number {
  const words = call.args.map((word) => word.replace(/^-(\d+)$/, '-n$1'));
  const options = readOptions(words, {valued: ['n', 'lines'], switches: ['q']});
  if (options === undefined) return call.unknown();
  const count = Number(options.values.get('n') ?? options.values.get('lines') ?? 10);
  call.write(joined(take(linesOf(inputs(call, options.words).join('')), count)));
  return 0;
}

function compare(call: Call): number {
  const [a, b] = inputs(
    call,
    call.args.filter((word) => !word.startsWith('-')),
  );
  if (a === undefined || b === undefined) return 2;
  return a === b ? 0 : 1;
}

function grep(call: Call): number {
  const options = readOptions(call.args, {
    valued: ['e', 'm', 'regexp'],
    switches: ['q', 's', 'F', 'E', 'x', 'v', 'i', 'w', 'z', 'h', 'l', 'c', 'o', 'quiet', 'silent', 'r', 'R'],
  });
  if (options === undefined || options.values.has('r') || options.values.has('R')) return call.unknown();
  const {values} = options;
  const given = values.get('e') ?? values.get('regexp');
  const [pattern = '', ...rest] = given === undefined ? options.words : [given, ...options.words];
  const how = {
    isLiteral: values.has('F'),
    isExtended: values.has('E'),
    isWhole: values.has('x'),
    isWord: values.has('w'),
    ignoresCase: values.has('i'),
  };
  const wanted = Expression.read(pattern, how, call.shell.spend);
  if (wanted === undefined) return call.unknown();
  const texts = inputs(call, rest);
  const lines = texts.flatMap((text) => (values.has('z') ? (text ?? '').split('\0') : linesOf(text ?? '')));
  const found = lines.filter((line) => wanted.test(line) !== values.has('v'));
  const isQuiet = values.has('q') || values.has('quiet') || values.has('silent');
  if (values.has('c')) call.write(`${found.length}\n`);
  else if (values.has('l'))
    call.write(joined(rest.filter((_, at) => linesOf(texts[at] ?? '').some((line) => wanted.test(line)))));
  else if (values.has('o')) call.write(joined(found.map((line) => wanted.find(line)?.groups[0] ?? '')));
  else if (!isQuiet) call.write(joined(found));
  return found.length > 0 ? 0 : 1;
}

/** The signs of a set of tr(1). */
function signs(set: string): string[] {
  const named: Readonly<Record<string, string>> = {
    '[:upper:]': 'A-Z',
    '[:lower:]': 'a-z',
    '[:digit:]': '0-9',
    '[:space:]': ' \n\t',
  };
  const text = (named[set] ?? set).replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  const found: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const [from, dash, to] = [text.charAt(at), text.charAt(at + 1), text.charAt(at + 2)];
    if (dash !== '-' || to === '') {
      found.push(from);
      continue;
    }
    for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += 1)
      found.push(String.fromCharCode(code));
    at += 2;
  }
  return found;
}
