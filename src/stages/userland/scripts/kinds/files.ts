import {posix} from 'node:path';
import {fileCapabilities} from '../../../../formats/file-capabilities.ts';
import {directory, file, symlink, type Entry} from '../../../../formats/file-tree.ts';
import {changedMode} from '../modes.ts';
import type {Commands} from '../kinds.ts';
import {readOptions, type ReadOptions} from '../options.ts';
import type {Call} from '../shell.ts';

/** Files and folders, their owners and modes. */
export const FILE_COMMANDS: Commands = {
  mkdir: (call) => {
    const options = readOptions(call.args, {valued: ['m', 'mode'], switches: ['p', 'parents', 'v', 'Z']});
    if (options === undefined) return call.unknown();
    const mode = options.values.get('m') ?? options.values.get('mode') ?? '755';
    let status = 0;
    for (const path of options.words.map((word) => call.shell.path(word))) {
      if (call.machine.get(path) === undefined)
        call.machine.put(path, directory(changedMode(0o755, mode) ?? 0o755));
      else if (!options.values.has('p') && !options.values.has('parents')) status = 1;
    }
    return status;
  },
  install,
  chown: (call) => changeOwner(call, ({words: [owner = '', ...paths]}) => ({owner, paths})),
  chgrp: (call) => changeOwner(call, ({words: [group = '', ...paths]}) => ({owner: `:${group}`, paths})),
  chmod: (call) => {
    const [mode = '', ...rest] = call.args.filter(
      (word) => !/^-[Rcfv]+$|^--(recursive|quiet|silent)$/.test(word),
    );
    const isDeep = call.args.some((word) => /^-\w*R|^--recursive$/.test(word));
    return eachFile(call, rest, isDeep, (entry) => {
      const changed = changedMode(entry.mode, mode, entry.type === 'directory');
      return changed === undefined ? undefined : {...entry, mode: changed};
    });
  },
  setcap,
  touch: ({args, machine, shell}) => {
    for (const word of args.filter((each) => !each.startsWith('-')))
      if (machine.get(shell.path(word)) === undefined) machine.write(shell.path(word), '');
    return 0;
  },
  rm: ({args, machine, shell}) => {
    for (const word of args.filter((each) => !each.startsWith('-'))) machine.remove(shell.path(word));
    return 0;
  },
  rmdir: ({args, machine, shell}) => {
    for (const word of args.filter((each) => !each.startsWith('-')))
      if (machine.names(shell.path(word)).length === 0) machine.remove(shell.path(word));
    return 0;
  },
  ln: (call) => {
    const options = readOptions(call.args, {
      switches: ['s', 'f', 'n', 'v', 'symbolic', 'force', 'r', 'T', 'relative'],
    });
    const [target = '', link = posix.basename(target)] = options?.words ?? [];
    if (options === undefined || options.words.length > 2) return call.unknown();
    const {machine, shell} = call;
    const at = shell.path(link);
    const isFolder = machine.get(at)?.type === 'directory' && !options.values.has('n');
    const place = isFolder ? `${at}/${posix.basename(target)}` : at;
    if (
      machine.get(place, {follow: false}) !== undefined &&
      !options.values.has('f') &&
      !options.values.has('force')
    )
      return 1;
    const linked =
      options.values.has('s') || options.values.has('symbolic')
        ? symlink(linkTarget(call, options, {target, place}))
        : machine.get(target);
    if (linked === undefined) return 1;
    machine.put(place, linked);
    return 0;
  },
  cp: (call) => copy(call, false),
  mv: (call) => copy(call, true),
  readlink: ({args, machine, shell, write}) => {
    const path = shell.path(args.find((word) => !word.startsWith('-')) ?? '');
    if (args.some((word) => /^-\w*[fem]/.test(word))) {
      write(`/${machine.locate(path)}\n`);
      return 0;
    }
    const entry = machine.get(path, {follow: false});
    if (entry?.type !== 'symlink') return 1;
    write(`${entry.target}\n`);
    return 0;
  },
  realpath: ({args, machine, shell, write}) => {
    write(`/${machine.locate(shell.path(args.find((word) => !word.startsWith('-')) ?? ''))}\n`);
    return 0;
  },
  mktemp: ({args, machine, write}) => {
    const path = `/tmp/tmp.${machine.files.size}`;
    machine.put(path, args.includes('-d') ? directory(0o700) : file('', 0o600));
    write(`${path}\n`);
    return 0;
  },
  ls: ({args, machine, shell, write, unknown}) => {
    const paths = args.filter((word) => !word.startsWith('-'));
    if (args.some((word) => /^-\w*l/.test(word))) return unknown();
    const found = (paths.length === 0 ? ['.'] : paths).map((path) => shell.path(path));
    for (const path of found.filter((each) => machine.get(each) !== undefined)) {
      const isFolder = machine.get(path)?.type === 'directory' && !args.some((word) => /^-\w*d/.test(word));
      for (const name of isFolder ? machine.names(path) : [path])
        if (!name.startsWith('.')) write(`${name}\n`);
    }
    return found.some((path) => machine.get(path) === undefined) ? 2 : 0;
  },
};

/** setcap(8): where the image's kernel does not look for capabilities it fails, and scripts make the program setuid instead. */
function setcap(call: Call): number {
  const {args, machine, shell} = call;
  const [text = '', word = '', ...more] = args.filter((each) => each !== '-q');
  const path = shell.path(word);
  const found = machine.get(path);
  const capabilities = fileCapabilities(text);
  if (capabilities === undefined || more.length > 0) return call.unknown();
  if (found?.type !== 'file' || !machine.keepsCapabilities) return 1;
  machine.put(machine.locate(path), {...found, capabilities});
  return 0;
}

/** install(1): folders with `-d`, else one file. */
function install(call: Call): number {
  const options = readOptions(call.args, {
    valued: ['m', 'mode', 'o', 'owner', 'g', 'group', 't'],
    switches: ['d', 'directory', 'D', 'p', 'v', 'c', 'Z'],
  });
  if (options === undefined || options.values.has('t')) return call.unknown();
  const {machine, shell} = call;
  const {values, words} = options;
  const owner = ownerOf(
    call,
    `${values.get('o') ?? values.get('owner') ?? 'root'}:${values.get('g') ?? values.get('group') ?? 'root'}`,
  );
  const mode = changedMode(0o755, values.get('m') ?? values.get('mode') ?? '755');
  if (owner === undefined || mode === undefined) return call.unknown();
  if (values.has('d') || values.has('directory')) {
    for (const word of words) machine.put(shell.path(word), {...directory(mode), ...owner});
    return 0;
  }
  const [from = '', to = ''] = words;
  const source = from === '/dev/null' ? file('') : machine.get(shell.path(from));
  if (source?.type !== 'file' || words.length !== 2) return call.unknown();
  const at = shell.path(to);
  const isFolder = machine.get(at)?.type === 'directory';
  machine.put(isFolder ? `${at}/${posix.basename(from)}` : at, {...source, mode, ...owner});
  return 0;
}

/** The numbers in `USER`, `USER:GROUP`, `:GROUP` or with dots; undefined where an account is not there. */
export function ownerOf(
  {machine}: Pick<Call, 'machine'>,
  text: string,
): {uid?: number; gid?: number} | undefined {
  const [user = '', group] = text.split(/[:.]/);
  const uid = user === '' ? undefined : machine.accounts.uid(user);
  const own = group === '' ? machine.accounts.user(user)?.gid : undefined;
  const gid = group === undefined || group === '' ? own : machine.accounts.gid(group);
  if ((user !== '' && uid === undefined) || ((group ?? '') !== '' && gid === undefined)) return undefined;
  return {...(uid === undefined ? {} : {uid}), ...(gid === undefined ? {} : {gid})};
}

function changeOwner(
  call: Call,
  read: (options: {words: readonly string[]}) => {owner: string; paths: readonly string[]},
): number {
  const options = readOptions(call.args, {
    switches: ['R', 'h', 'f', 'v', 'c', 'recursive', 'no-dereference', 'quiet', 'silent', 'L', 'P', 'H'],
  });
  if (options === undefined) return call.unknown();
  const {owner, paths} = read(options);
  const numbers = ownerOf(call, owner);
  if (numbers === undefined) return call.unknown();
  const isDeep = options.values.has('R') || options.values.has('recursive');
  return eachFile(call, paths, isDeep, (entry) => ({...entry, ...numbers}));
}

function eachFile(
  {machine, shell, unknown}: Call,
  paths: readonly string[],
  isDeep: boolean,
  change: (entry: Entry) => Entry | undefined,
): number {
  let status = 0;
  for (const path of paths.map((each) => machine.locate(shell.path(each)))) {
    if (machine.get(path) === undefined) status = 1;
    for (const each of isDeep ? machine.below(path) : [path]) {
      const entry = machine.files.get(each);
      const changed = entry === undefined || (isDeep && entry.type === 'symlink') ? entry : change(entry);
      if (changed !== undefined) machine.files.set(each, changed);
      else if (entry !== undefined) return unknown();
    }
  }
  return status;
}

/** cp(1) and mv(1). */
function copy(call: Call, moves: boolean): number {
  const {machine, shell, args} = call;
  const words = args.filter((word) => !word.startsWith('-'));
  const to = shell.path(words.at(-1) ?? '');
  const isFolder = machine.get(to)?.type === 'directory';
  const keeps = moves || args.some((word) => /^-\w*[pa]/.test(word));
  if (words.length < 2 || (words.length > 2 && !isFolder)) return call.unknown();
  let status = 0;
  for (const from of words.slice(0, -1).map((word) => machine.locate(shell.path(word), {follow: !moves}))) {
    const target = isFolder ? `${to}/${posix.basename(from)}` : to;
    if (machine.files.get(from) === undefined) status = 1;
    for (const path of machine.below(from)) {
      const entry = machine.files.get(path);
      if (entry !== undefined)
        machine.put(`${target}${path.slice(from.length)}`, keeps ? entry : {...entry, uid: 0, gid: 0});
    }
    if (moves) machine.remove(from);
  }
  return status;
}

/** Where a link leads; with `-r` that is said from its own folder. */
function linkTarget(
  {shell}: Call,
  {values}: ReadOptions,
  {target, place}: {readonly target: string; readonly place: string},
): string {
  const isRelative = values.has('r') || values.has('relative');
  return isRelative ? posix.relative(posix.dirname(place), shell.path(target)) : target;
}
