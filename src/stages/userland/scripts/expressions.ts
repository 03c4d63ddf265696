import {Automaton, type Found, type Pattern} from './automaton.ts';
import {setAt} from './sets.ts';

/** How an expression is meant. */
export interface ExpressionKind {
  readonly isLiteral?: boolean;
  readonly isExtended?: boolean;
  readonly isWhole?: boolean;
  readonly isWord?: boolean;
  readonly ignoresCase?: boolean;
}

/** A regular expression of POSIX, with what GNU's grep and sed have beside that. */
export class Expression {
  readonly #automaton: Automaton;

  private constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  /** Reads one; undefined where it is none, or one that nobody here can follow. `spend` is told of the work. */
  static read(text: string, how: ExpressionKind, spend: (work: number) => void): Expression | undefined {
    try {
      const read = how.isLiteral === true ? sequence(text, how) : new Reader(text, how).all();
      const pattern = how.isWord === true ? between(NO_WORD_BEFORE, read, NO_WORD_BEHIND) : read;
      const all = how.isWhole === true ? between(AT_START, pattern, AT_END) : pattern;
      return new Expression(new Automaton(all, spend));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  test(text: string): boolean {
    return this.find(text) !== undefined;
  }

  find(text: string, from = 0): Found | undefined {
    return this.#automaton.find(text, {from});
  }

  /** The text with something in place of what is found, once or everywhere (sed(1), s). */
  replace(
    text: string,
    isEverywhere: boolean,
    replacement: (groups: readonly (string | undefined)[]) => string,
  ): string {
    let replaced = '';
    let [done, from] = [0, 0];
    for (let found = this.find(text); found !== undefined; found = this.find(text, from)) {
      const isEmpty = found.end === found.start;
      // Nothing is found right behind what was found.
      if (!isEmpty || found.start > done || done === 0) {
        replaced += text.slice(done, found.start) + replacement(found.groups);
        done = found.end;
      }
      from = isEmpty ? found.end + 1 : found.end;
      if (!isEverywhere || from > text.length) break;
    }
    return replaced + text.slice(done);
  }
}

type Edge = Extract<Pattern, {kind: 'edge'}>;
const isWordSign = (sign: string): boolean => /^\w$/.test(sign);
const edge = (test: Edge['test']): Edge => ({kind: 'edge', test});
const AT_START = edge((before) => before === '');
const AT_END = edge((_, after) => after === '');
const NO_WORD_BEFORE = edge((before) => !isWordSign(before));
const NO_WORD_BEHIND = edge((_, after) => !isWordSign(after));
const WORD_EDGE = edge((before, after) => isWordSign(before) !== isWordSign(after));

const sign = (test: (sign: string) => boolean): Pattern => ({kind: 'sign', test});

/** What a letter behind a backslash means (GNU). */
const LETTERS: Readonly<Record<string, Pattern>> = {
  '<': WORD_EDGE,
  '>': WORD_EDGE,
  b: WORD_EDGE,
  B: edge((before, after) => isWordSign(before) === isWordSign(after)),
  w: sign(isWordSign),
  W: sign((each) => !isWordSign(each)),
  s: sign((each) => /\s/.test(each)),
  S: sign((each) => !/\s/.test(each)),
  '`': AT_START,
  "'": AT_END,
  n: sign((each) => each === '\n'),
  t: sign((each) => each === '\t'),
};

function between(first: Pattern, pattern: Pattern, last: Pattern): Pattern {
  return {kind: 'sequence', parts: [first, pattern, last]};
}

function literal(text: string, {ignoresCase}: ExpressionKind): Pattern {
  if (ignoresCase !== true) return sign((each) => each === text);
  const small = text.toLowerCase();
  return sign((each) => each.toLowerCase() === small);
}

function sequence(text: string, how: ExpressionKind): Pattern {
  return {kind: 'sequence', parts: text.split('').map((each) => literal(each, how))};
}

/** How often a part of an expression may come. */
interface Times {
  readonly least: number;
  readonly most: number;
}

const TIMES: Readonly<Record<string, Times>> = {
  '*': {least: 0, most: Infinity},
  '+': {least: 1, most: Infinity},
  '?': {least: 0, most: 1},
};
/** RE_DUP_MAX of GNU; a pattern with as many steps is too large anyway. */
const MOST_TIMES = 32_767;
const MOST_DEPTH = 200;

/** Reads an expression from its beginning to its end. */
class Reader {
  readonly #text: string;
  readonly #how: ExpressionKind;
  readonly #lastClosing: number;
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(text: string, how: ExpressionKind) {
    this.#text = text;
    this.#how = how;
    this.#lastClosing = text.lastIndexOf(']');
  }

  /** @throws RangeError where it cannot be followed */
  all(): Pattern {
    return this.#either();
  }

  /** In a basic expression braces, brackets, plus and question mark mean something behind a backslash only. */
  #isNext(special: string): boolean {
    const wanted = this.#how.isExtended === true ? special : `\\${special}`;
    return this.#text.startsWith(wanted, this.#at);
  }

  #take(special: string): boolean {
    if (!this.#isNext(special)) return false;
    this.#at += this.#how.isExtended === true ? 1 : 2;
    return true;
  }

  #either(): Pattern {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return {kind: 'either', parts};
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#at < this.#text.length && !this.#isNext('|') && !(this.#isNext(')') && this.#depth > 0)) {
      let part = this.#one(parts.length === 0);
      for (let times = this.#times(part); times !== undefined; times = this.#times(part))
        part = {kind: 'repeat', part, ...times};
      parts.push(part);
    }
    return {kind: 'sequence', parts};
  }

  #one(isFirst: boolean): Pattern {
    const {isExtended} = this.#how;
    const at = this.#at;
    const [here, next] = [this.#text.charAt(at), this.#text.charAt(at + 1)];
    if (this.#take('(')) return this.#group();
    const set = here === '[' && at < this.#lastClosing ? setAt(this.#text, at, '^') : undefined;
    this.#at = set?.end ?? at + (here === '\\' && next !== '' ? 2 : 1);
    if (set !== undefined) return sign(this.#how.ignoresCase === true ? anyCase(set.test) : set.test);
    if (here === '.') return sign(() => true);
    if (here === '^' && (isExtended === true || isFirst)) return AT_START;
    if (here === '$' && (isExtended === true || this.#isAtEnd())) return AT_END;
    if (here !== '\\') return literal(here, this.#how);
    if (/^[1-9]$/.test(next)) throw new RangeError('what was found before is to be found again');
    return LETTERS[next] ?? literal(next === '' ? here : next, this.#how);
  }

  #isAtEnd(): boolean {
    return this.#at === this.#text.length || this.#isNext('|') || this.#isNext(')');
  }

  #group(): Pattern {
    this.#groups += 1;
    this.#depth += 1;
    if (this.#depth > MOST_DEPTH) throw new RangeError('too many brackets are open');
    const number = this.#groups;
    const part = this.#either();
    if (!this.#take(')')) throw new RangeError('a bracket is not closed');
    this.#depth -= 1;
    return {kind: 'group', part, number};
  }

  /** How often what stands before may come, where that is said. A star that has nothing before it is a star. */
  #times(part: Pattern): Times | undefined {
    const here = this.#text.charAt(this.#at);
    if (here === '*') {
      if (part.kind === 'edge') return undefined;
      this.#at += 1;
      return TIMES['*'];
    }
    for (const special of ['+', '?']) if (this.#take(special)) return TIMES[special];
    return this.#isNext('{') ? this.#counted() : undefined;
  }

  #counted(): Times | undefined {
    const open =
      this.#how.isExtended === true ? /\{(\d{0,5})(,?)(\d{0,5})\}/y : /\\\{(\d{0,5})(,?)(\d{0,5})\\\}/y;
    open.lastIndex = this.#at;
    const [all, first = '', comma = '', last = ''] = open.exec(this.#text) ?? [];
    if (all === undefined || (first === '' && comma === '')) {
      if (this.#how.isExtended === true) return undefined;
      throw new RangeError('a brace is not closed');
    }
    const least = Number(first);
    const most = comma === '' ? least : last === '' ? Infinity : Number(last);
    if (most < least || least > MOST_TIMES) throw new RangeError('no number of times');
    this.#at += all.length;
    return {least, most};
  }
}

function anyCase(test: (sign: string) => boolean): (sign: string) => boolean {
  return (each) => test(each.toLowerCase()) || test(each.toUpperCase());
}
