import type {Entry} from '../../../formats/file-tree.ts';
import {isTwin} from './machine.ts';
import type {Shell} from './shell.ts';

type Test = (text: string, shell: Shell) => boolean;

const of =
  (test: (entry: Entry | undefined) => boolean): Test =>
  (path, shell) =>
    path !== '' && test(shell.machine.get(shell.path(path)));

/** Tests of one word (POSIX, "test"). */
const UNARY: Readonly<Record<string, Test>> = {
  '-n': (text) => text !== '',
  '-z': (text) => text === '',
  '-e': of((entry) => entry !== undefined),
  '-f': of((entry) => entry?.type === 'file'),
  '-d': of((entry) => entry?.type === 'directory'),
  '-r': of((entry) => entry !== undefined),
  '-w': of((entry) => entry !== undefined),
  '-s': of((entry) => entry?.type === 'file' && entry.data.length > 0),
  '-L': isLink,
  '-h': isLink,
  '-x': (path, shell) =>
    of((entry) => entry !== undefined && (entry.type === 'directory' || (entry.mode & 0o111) !== 0))(
      path,
      shell,
    ) ||
    (path.startsWith('/') && shell.isThere(path)),
  '-b': () => false,
  '-c': (path) => path === '/dev/null',
  '-p': () => false,
  '-S': () => false,
  '-t': () => false,
  '-u': of((entry) => entry !== undefined && (entry.mode & 0o4000) !== 0),
  '-g': of((entry) => entry !== undefined && (entry.mode & 0o2000) !== 0),
};

function isLink(path: string, shell: Shell): boolean {
  return isTwin(path) || shell.machine.get(shell.path(path), {follow: false})?.type === 'symlink';
}

/** Tests of two words. */
const BINARY: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '-eq': (a, b) => Number(a) === Number(b),
  '-ne': (a, b) => Number(a) !== Number(b),
  '-lt': (a, b) => Number(a) < Number(b),
  '-le': (a, b) => Number(a) <= Number(b),
  '-gt': (a, b) => Number(a) > Number(b),
  '-ge': (a, b) => Number(a) >= Number(b),
  '-nt': () => false,
  '-ot': () => false,
};

/** The status of `test` with these words. */
export function testCommand(words: readonly string[], shell: Shell): 0 | 1 {
  const rest = [...words];
  const value = disjunction(rest, shell);
  if (rest.length > 0) shell.unknown(`test ${words.join(' ')}`);
  return value ? 0 : 1;
}

function disjunction(words: string[], shell: Shell): boolean {
  let value = conjunction(words, shell);
  while (words[0] === '-o') {
    words.shift();
    value = conjunction(words, shell) || value;
  }
  return value;
}

function conjunction(words: string[], shell: Shell): boolean {
  let value = primary(words, shell);
  while (words[0] === '-a') {
    words.shift();
    value = primary(words, shell) && value;
  }
  return value;
}

function primary(words: string[], shell: Shell): boolean {
  const [first = '', second, third] = words;
  if (words.length === 0) return false;
  const binary = second === undefined ? undefined : BINARY[second];
  if (binary !== undefined && third !== undefined) {
    words.splice(0, 3);
    return binary(first, third);
  }
  if (first === '!' && words.length > 1) {
    words.shift();
    return !primary(words, shell);
  }
  if (first === '(' && words.length > 1) {
    words.shift();
    const value = disjunction(words, shell);
    words.shift();
    return value;
  }
  const unary = UNARY[first];
  if (unary !== undefined && second !== undefined) {
    words.splice(0, 2);
    return unary(second, shell);
  }
  words.shift();
  return first !== '';
}
