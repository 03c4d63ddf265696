import {Expression} from './expressions.ts';
import {inputs, joined, linesOf} from './kinds/text.ts';
import {readOptions} from './options.ts';
import type {Call} from './shell.ts';

/** A line of a sed script: for lines that match, or for all, `s`, `d`, `p` or `q`. */
interface Edit {
  readonly address: Expression | undefined;
  readonly isNegated: boolean;
  readonly kind: 's' | 'd' | 'p';
  readonly pattern?: Expression;
  readonly isEverywhere?: boolean;
  readonly replacement?: string;
  readonly prints?: boolean;
}

/** sed(1), with addresses that are expressions, and the commands s, d and p. */
export function editText(call: Call): number {
  const options = readOptions(call.args, {
    valued: ['e', 'expression'],
    switches: ['n', 'r', 'E', 'i', 's', 'quiet', 'silent', 'in-place', 'regexp-extended'],
  });
  if (options === undefined) return call.unknown();
  const {values, words} = options;
  const given = values.get('e') ?? values.get('expression');
  const [script = '', ...paths] = given === undefined ? words : [given, ...words];
  const isExtended = ['r', 'E', 'regexp-extended'].some((name) => values.has(name));
  const edits = parseEdits(script, (text, ignoresCase) =>
    Expression.read(text, {isExtended, ignoresCase}, call.shell.spend),
  );
  if (edits === undefined) return call.unknown();
  const isQuiet = ['n', 'quiet', 'silent'].some((name) => values.has(name));
  const edit = (text: string) => joined(linesOf(text).flatMap((line) => edited(line, edits, isQuiet)));
  if (!values.has('i') && !values.has('in-place')) {
    for (const text of inputs(call, paths)) call.write(edit(text ?? ''));
    return 0;
  }
  for (const path of paths.map((word) => call.shell.path(word))) {
    const text = call.machine.read(path);
    if (text === undefined) return 1;
    call.machine.write(path, edit(text));
  }
  return 0;
}

function edited(line: string, edits: readonly Edit[], isQuiet: boolean): string[] {
  let now = line;
  const printed: string[] = [];
  for (const {address, isNegated, kind, pattern, isEverywhere = false, replacement = '', prints} of edits) {
    if (address !== undefined && address.test(now) === isNegated) continue;
    if (kind === 'd') return printed;
    if (kind === 'p') printed.push(now);
    if (kind !== 's' || pattern === undefined) continue;
    const next = pattern.replace(now, isEverywhere, (groups) => filled(replacement, groups));
    if (next !== now && prints === true) printed.push(next);
    now = next;
  }
  return isQuiet ? printed : [...printed, now];
}

function filled(replacement: string, found: readonly (string | undefined)[]): string {
  return replacement.replaceAll(/\\([^])|&/g, (token, sign: string | undefined) => {
    if (token === '&') return found[0] ?? '';
    if (sign === 'n') return '\n';
    return /\d/.test(sign ?? '') ? (found[Number(sign)] ?? '') : (sign ?? '');
  });
}

/** Reads an expression of a script; undefined where nobody here can follow it. */
type Read = (text: string, ignoresCase: boolean) => Expression | undefined;

function parseEdits(script: string, read: Read): Edit[] | undefined {
  const found = script
    .split(/\n|;\s*(?=\/|s[,|#/@!]|d|p)/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => parseEdit(line, read));
  return found.includes(undefined) ? undefined : (found as Edit[]);
}

function parseEdit(line: string, read: Read): Edit | undefined {
  const [start = '', address] = /^\/((?:[^/\\]|\\[^])*)\//.exec(line) ?? [];
  const command = line.slice(start.length).trimStart();
  const isNegated = command.startsWith('!');
  const rest = (isNegated ? command.slice(1) : command).trimStart();
  const common = {
    address: address === undefined ? undefined : read(address.replaceAll('\\/', '/'), false),
    isNegated,
  };
  if (address !== undefined && common.address === undefined) return undefined;
  if (rest === 'd' || rest === 'p') return {...common, kind: rest};
  const sign = rest.charAt(1);
  if (!rest.startsWith('s') || sign === '') return undefined;
  const [, from, to, flags] = splitEdit(rest.slice(2), sign) ?? [];
  if (from === undefined || to === undefined || flags === undefined || !/^[gpiI]*$/.test(flags))
    return undefined;
  const pattern = read(from, /i/i.test(flags));
  if (pattern === undefined) return undefined;
  const [isEverywhere, prints] = [flags.includes('g'), flags.includes('p')];
  return {...common, kind: 's', pattern, isEverywhere, replacement: to, prints};
}

/** What lies between the signs of `s/…/…/flags`; one behind a backslash is a part of the text. */
function splitEdit(text: string, sign: string): readonly string[] | undefined {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at += 1) {
    const [here, next] = [text.charAt(at), text.charAt(at + 1)];
    if (here === '\\') {
      part += next === sign ? sign : here + next;
      at += 1;
    } else if (here === sign && parts.length < 2) {
      parts.push(part);
      part = '';
    } else part += here;
  }
  return parts.length === 2 ? ['', ...parts, part] : undefined;
}
