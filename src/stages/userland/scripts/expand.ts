import type {ParameterPart, Word} from '../../../formats/shell/syntax.ts';
import {evaluateArithmetic} from './arithmetic.ts';
import {Glob, matchesPattern} from './patterns.ts';
import type {Shell} from './shell.ts';

/** A piece of a word that was expanded. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

const BREAK = Symbol('the end of a field');
type Pieces = (Piece | typeof BREAK)[];

/** The fields that a word becomes: expanded, split, and its patterns replaced by the paths that they match. */
export function expandFields(word: Word, shell: Shell): string[] {
  const fields: Piece[][] = [];
  let field: Piece[] | undefined;
  for (const piece of piecesOf(word, shell)) {
    if (piece === BREAK) {
      if (field !== undefined) fields.push(field);
      field = undefined;
    } else (field ??= []).push(piece);
  }
  if (field !== undefined) fields.push(field);
  return fields.flatMap((pieces) => paths(pieces, shell));
}

/** The one text that a word becomes, where the shell does not split: in assignments, quotes, here-documents. */
export function expandText(word: Word, shell: Shell): string {
  const texts = piecesOf(word, shell, false).map((piece) => (piece === BREAK ? ' ' : piece.text));
  return shell.hold(texts.join(''));
}

/** A pattern of `case` or `${NAME#PATTERN}`: what is quoted stands for itself. */
export function expandPattern(word: Word, shell: Shell): Glob {
  const pieces = piecesOf(word, shell, false).filter((piece) => piece !== BREAK);
  return new Glob(pieces, shell.spend);
}

function piecesOf(word: Word, shell: Shell, splits = true): Pieces {
  return word.flatMap((part, index): Pieces => {
    switch (part.kind) {
      case 'text':
        return [{text: index === 0 && !part.quoted ? withHome(part.text) : part.text, quoted: part.quoted}];
      case 'command':
        return pieces(shell.capture(part.script), part.quoted || !splits, shell);
      case 'arithmetic':
        return [{text: String(evaluateArithmetic(expandText(part.expression, shell), shell)), quoted: true}];
      case 'parameter':
        return parameter(part, shell, splits);
    }
  });
}

function withHome(text: string): string {
  return text.replace(/^~(?=\/|$)/, '/root');
}

function parameter(part: ParameterPart, shell: Shell, splits: boolean): Pieces {
  const {name, quoted} = part;
  if ((name === '@' || (name === '*' && !quoted)) && part.operator === '' && !part.isLength) {
    const each = shell.positional.map((text): Pieces =>
      quoted ? [{text, quoted}] : pieces(text, false, shell),
    );
    return each.flatMap((some, index) => (index === 0 ? some : [BREAK, ...some]));
  }
  const value = shell.parameter(name);
  if (part.isLength) return [{text: String((value ?? '').length), quoted: true}];
  return modified(part, value, shell, splits);
}

/** What `${NAME:-WORD}` and its kin give (POSIX, "Parameter Expansion"). */
function modified(part: ParameterPart, value: string | undefined, shell: Shell, splits: boolean): Pieces {
  const {operator, word, quoted} = part;
  const kind = operator.at(-1) ?? '';
  const isSet = operator.startsWith(':') ? (value ?? '') !== '' : value !== undefined;
  const plain = (text: string): Pieces => pieces(text, quoted || !splits, shell);
  if (kind === '#' || kind === '%') return plain(trimmed(value ?? '', operator, expandPattern(word, shell)));
  const other = (): Pieces =>
    quoted ? [{text: expandText(word, shell), quoted}] : piecesOf(word, shell, splits);
  if (kind === '+') return isSet ? other() : plain('');
  if (isSet || kind === '') return plain(value ?? '');
  if (kind === '=') shell.variables.set(part.name, expandText(word, shell));
  if (kind === '?') shell.fail(`${part.name}: ${expandText(word, shell)}`);
  return other();
}

function trimmed(value: string, operator: string, pattern: Glob): string {
  const how = {isLongest: operator.length === 2};
  return operator.startsWith('#')
    ? value.slice(pattern.prefix(value, how) ?? 0)
    : value.slice(0, value.length - (pattern.suffix(value, how) ?? 0));
}

/** More than all words of a command have (execve(2), the limit of the arguments). */
const MOST_SPLIT = 2 ** 21;

/** A value in pieces: split at the signs of IFS where it is not quoted. */
function pieces(text: string, quoted: boolean, shell: Shell): Pieces {
  if (quoted) return [{text, quoted: true}];
  if (text.length > MOST_SPLIT) shell.fail('has too many words');
  const separators = shell.variables.get('IFS') ?? ' \t\n';
  if (separators === '') return text === '' ? [] : [{text, quoted: false}];
  const escaped = separators.replaceAll(/[\]\\^-]/g, '\\$&');
  const found: Pieces = [];
  for (const piece of text.split(new RegExp(`([${escaped}]+)`))) {
    if (piece === '') continue;
    found.push(separators.includes(piece.charAt(0)) ? BREAK : {text: piece, quoted: false});
  }
  return found;
}

/** The paths that a field matches, where it is a pattern that matches some. */
function paths(field: readonly Piece[], shell: Shell): string[] {
  const text = shell.hold(field.map((piece) => piece.text).join(''));
  if (!field.some((piece) => !piece.quoted && /[*?[]/.test(piece.text))) return [text];
  const found = matchesPattern(text, shell.machine, shell.spend);
  return found.length === 0 ? [text] : found;
}
