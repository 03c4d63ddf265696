import type {Commands} from '../kinds.ts';
import type {Call} from '../shell.ts';
import {testCommand} from '../test-command.ts';

/** What the shell itself does. */
export const BUILTINS: Commands = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  test: ({args, shell}) => testCommand(args, shell),
  '[': ({args, shell}) => testCommand(args.slice(0, -1), shell),
  exit: ({args, shell}) => shell.end('exit', statusOf(args, shell.status)),
  return: ({args, shell}) => shell.end('return', statusOf(args, shell.status)),
  break: ({args, shell}) => shell.endTurn('break', Number(args[0] ?? 1)),
  continue: ({args, shell}) => shell.endTurn('continue', Number(args[0] ?? 1)),
  set: ({args, shell}) => {
    const at = args.indexOf('--');
    const options = at === -1 ? args : args.slice(0, at);
    for (const word of options) if (/^[-+]\w*e/.test(word)) shell.endsOnError = word.startsWith('-');
    const isOption = (word: string, index: number) =>
      /^[-+]/.test(word) || /^[-+]o$/.test(options[index - 1] ?? '');
    const plain = at === -1 ? args.filter((word, index) => !isOption(word, index)) : args.slice(at + 1);
    if (at !== -1 || plain.length > 0) shell.positional = plain;
    return 0;
  },
  shift: ({args, shell}) => {
    shell.positional = shell.positional.slice(Number(args[0] ?? 1));
    return 0;
  },
  local: ({args, shell}) => {
    for (const word of args) {
      const [name = '', ...value] = word.split('=');
      shell.keepLocal(name);
      if (value.length > 0) shell.variables.set(name, value.join('='));
    }
    return 0;
  },
  export: assign,
  readonly: assign,
  unset: ({args, shell}) => {
    for (const name of args) shell.variables.delete(name);
    return 0;
  },
  cd: ({args, shell, machine}) => {
    const path = shell.path(args.find((word) => !word.startsWith('-')) ?? '/root');
    if (machine.get(path)?.type !== 'directory') return 1;
    shell.cwd = `/${machine.locate(path)}`;
    return 0;
  },
  pwd: ({shell, write}) => {
    write(`${shell.cwd}\n`);
    return 0;
  },
  umask: () => 0,
  ulimit: () => 0,
  trap: () => 0,
  wait: () => 0,
  hash: () => 0,
  '.': source,
  source,
  eval: ({args, shell, ...streams}) => shell.source(args.join(' '), streams),
  exec: (call) => {
    const [name, ...args] = call.args;
    if (name === undefined) return 0; // descriptors alone
    return call.shell.end('exit', call.shell.call(name, args, call));
  },
  env: prefixed(/^\w+=|^-/),
  nice: prefixed(/^-/),
  command: (call) => {
    const [first, name] = call.args;
    if (first === '-v' || first === '-V') return find(call, name ?? '');
    return first === undefined ? 0 : call.shell.call(first, call.args.slice(1), call);
  },
  which: (call) => {
    const names = call.args.filter((word) => !word.startsWith('-'));
    return names.map((name) => find(call, name)).find((status) => status !== 0) ?? 0;
  },
  type: (call) => find(call, call.args[0] ?? ''),
  read: ({args, shell, input}) => {
    const names = args.filter((word) => !word.startsWith('-'));
    const line = input.line();
    const fields = (line ?? '').trim().split(/[ \t]+/);
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      shell.variables.set(name, isLast ? fields.slice(index).join(' ') : (fields[index] ?? ''));
    }
    return line === undefined ? 1 : 0;
  },
};

function statusOf([word]: readonly string[], status: number): number {
  return word === undefined ? status : Number(word);
}

function assign({args, shell}: Call): number {
  for (const word of args) {
    const [name = '', ...value] = word.split('=');
    if (value.length > 0) shell.variables.set(name, value.join('='));
  }
  return 0;
}

/** A program that starts another one, behind words that match. */
function prefixed(words: RegExp): Commands[string] {
  return (call) => {
    const at = call.args.findIndex((word) => !words.test(word));
    const [name, ...args] = at === -1 ? [] : call.args.slice(at);
    return name === undefined ? 0 : call.shell.call(name, args, call);
  };
}

/** What scripts include that kinds have commands for. */
const INCLUDED = /^\/usr\/share\/debconf\/confmodule$|^\/lib\/lsb\/init-functions$/;

function source(call: Call): number {
  const path = call.args[0] ?? '';
  if (INCLUDED.test(path)) return 0;
  const text = call.machine.read(call.shell.path(path));
  return text === undefined ? call.unknown() : call.shell.source(text, call);
}

const FOLDERS = ['/usr/bin', '/usr/sbin'];

/** Prints where a program is, as `command -v` does. */
function find({shell, machine, write}: Call, name: string): number {
  if (shell.functions.has(name)) {
    write(`${name}\n`);
    return 0;
  }
  const paths = name.includes('/') ? [name] : FOLDERS.map((folder) => `${folder}/${name}`);
  const found =
    paths.find((path) => machine.get(path)?.type === 'file') ?? (shell.isThere(name) ? paths[0] : undefined);
  if (found === undefined) return 1;
  write(`${found}\n`);
  return 0;
}
