import {Automaton, type Pattern} from './automaton.ts';
import type {Machine} from './machine.ts';
import {setAt} from './sets.ts';

/** A piece of a pattern; what is quoted stands for itself. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}
type Spend = (work: number) => void;

/** A pattern of the shell (POSIX, 2.13): of `case`, `${NAME#PATTERN}`, and names of files. */
export class Glob {
  readonly #forward: Automaton;
  readonly #backward: Automaton;

  /** `spend` is told of the work. */
  constructor(pieces: readonly Piece[], spend: Spend) {
    const parts = pieces.flatMap(({text, quoted}) =>
      quoted ? Array.from(text.split(''), literal) : partsOf(text),
    );
    this.#forward = new Automaton({kind: 'sequence', parts}, spend);
    this.#backward = new Automaton({kind: 'sequence', parts: parts.toReversed()}, spend);
  }

  /** Whether it matches all of a text. */
  test(text: string): boolean {
    return this.#forward.find(text, {isThere: true})?.end === text.length;
  }

  /** How much of the beginning of a text it matches, at least or at most; undefined where it matches none. */
  prefix(text: string, {isLongest}: {readonly isLongest: boolean}): number | undefined {
    return lengthOf(this.#forward, text, isLongest);
  }

  /** How much of the end of a text it matches. */
  suffix(text: string, {isLongest}: {readonly isLongest: boolean}): number | undefined {
    return lengthOf(this.#backward, text.split('').reverse().join(''), isLongest);
  }
}

function lengthOf(automaton: Automaton, text: string, isLongest: boolean): number | undefined {
  const found = automaton.find(text, {isThere: true});
  return isLongest ? found?.end : found?.shortestEnd;
}

/** What a path costs that a pattern names, in signs that are looked at. */
const WORK_OF_PATH = 50_000;

/** The paths of a machine that a pattern with folders matches, sorted. */
export function matchesPattern(pattern: string, machine: Machine, spend: Spend): string[] {
  const parts = pattern.split('/');
  let found = [parts[0] === '' ? '' : undefined];
  for (const part of parts[0] === '' ? parts.slice(1) : parts) {
    const isPlain = !/[*?[]/.test(part);
    const wanted = new Glob([{text: part, quoted: isPlain}], spend);
    found = found.flatMap((folder) => {
      const start = folder === undefined ? '' : `${folder}/`;
      spend(WORK_OF_PATH);
      if (isPlain) return [`${start}${part}`];
      const isHidden = part.startsWith('.');
      const names = machine.names(folder === undefined ? '.' : `${folder}/`);
      return names
        .filter((name) => (isHidden || !name.startsWith('.')) && wanted.test(name))
        .map((name) => `${start}${name}`);
    });
  }
  return found.filter(
    (path): path is string => path !== undefined && machine.get(path, {follow: false}) !== undefined,
  );
}

function literal(sign: string): Pattern {
  return {kind: 'sign', test: (other) => other === sign};
}

const ANY: Pattern = {kind: 'sign', test: () => true};

function partsOf(glob: string): Pattern[] {
  const parts: Pattern[] = [];
  const lastClosing = glob.lastIndexOf(']');
  for (let at = 0; at < glob.length;) {
    const sign = glob.charAt(at);
    const set = sign === '[' && at < lastClosing ? setAt(glob, at, '!^') : undefined;
    if (set !== undefined) parts.push({kind: 'sign', test: set.test});
    else if (sign === '*') parts.push({kind: 'repeat', part: ANY, least: 0, most: Infinity});
    else parts.push(sign === '?' ? ANY : literal(sign));
    at = set?.end ?? at + 1;
  }
  return parts;
}
