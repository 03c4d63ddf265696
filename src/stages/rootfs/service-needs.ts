import {splitWords} from '../../core/words.ts';
import {elfInterpreter, parseElf} from '../../formats/elf.ts';
import type {FileTree} from '../../formats/file-tree.ts';
import type {RowVariables} from '../../formats/service-row.ts';
import {neededPrograms, type NeededProgram} from '../../formats/shell/needed-programs.ts';
import {imageFile, isImages} from './image-file.ts';

/** What a service needs and the image does not have. */
export interface Lack {
  /** The variable of its row that asks for it. */
  readonly variable: string;
  readonly message: string;
  /** The file that is not there. */
  readonly missing?: string;
}

/** Variables that are texts for a shell, each of which a "+" may begin: see enter-service.sh. */
const STEPS = ['BEFORE', 'HALT', 'RELOAD'];
const SHELLS = ['sh', 'ash', 'dash', 'bash'];
/** A program with its interpreter, and the interpreter of that. */
const MOST_INTERPRETERS = 3;

/**
 * What the row of a service asks for that is not in the image: programs, what runs them, files of variables, accounts. `made` are the
 * files that the service itself makes before it starts.
 */
export function serviceLacks(row: RowVariables, tree: FileTree, made: readonly string[]): Lack[] {
  const lacks = [
    ...programsOf(row).flatMap(({variable, ...program}) =>
      started(program)
        .filter((each) => isSought(row, each))
        .flatMap((each) => programLacks(each, tree, made).map((lack) => ({variable, ...lack}))),
    ),
    ...accountLacks(row, tree),
    ...variableFileLacks(row, tree, made),
  ];
  return [...new Map(lacks.map((lack) => [`${lack.variable} ${lack.message}`, lack])).values()];
}

function programsOf(row: RowVariables): (NeededProgram & {readonly variable: string})[] {
  const [name, ...words] = splitWords(row['COMMAND'] ?? '') ?? [];
  const steps = STEPS.flatMap((variable) =>
    (splitWords(row[variable] ?? '') ?? []).map((text) => ({variable, text: text.replace(/^\+/, '')})),
  );
  return [
    ...(name === undefined ? [] : [{variable: 'COMMAND', name, words}]),
    ...[...steps, {variable: 'HEALTH', text: row['HEALTH'] ?? ''}].flatMap(({variable, text}) =>
      neededPrograms(text).map((program) => ({variable, ...program})),
    ),
  ];
}

/** Where a service has a PATH of its own, what a name without a folder means is not known. */
const isSought = (row: RowVariables, {name}: NeededProgram): boolean =>
  name.includes('/') || !/\bPATH=/.test(Object.values(row).join(' '));

/** A program, and what it runs where it is a shell with a text. */
function started(program: NeededProgram): NeededProgram[] {
  const {name, words} = program;
  const option = isShell(name) ? words.findIndex((word) => /^-\w*c$/.test(word)) : -1;
  return [
    program,
    ...neededPrograms(words[option + 1] ?? '')
      .filter(() => option !== -1)
      .flatMap(started),
  ];
}

function isShell(name: string): boolean {
  return SHELLS.includes(name.slice(name.lastIndexOf('/') + 1));
}

/** What a program lacks, and a script that it is given where it is a shell. */
function programLacks(
  {name, words}: NeededProgram,
  tree: FileTree,
  made: readonly string[],
): Omit<Lack, 'variable'>[] {
  const lack = runnableLack(name.includes('/') ? name : `/usr/bin/${name}`, tree, made);
  if (lack !== undefined) return [lack];
  const [script = ''] = isShell(name) ? words : [];
  return script.startsWith('/') && isLacking(script, tree, made) ? [absent(script)] : [];
}

/** Why a program cannot be started, where that is known. */
function runnableLack(
  path: string,
  tree: FileTree,
  made: readonly string[],
): Omit<Lack, 'variable'> | undefined {
  let at = path;
  for (let depth = 0; depth < MOST_INTERPRETERS; depth += 1) {
    if (isLacking(at, tree, made)) {
      const lack = absent(at);
      return at === path ? lack : {...lack, message: `${path} is run by ${at}, which is not in the image`};
    }
    const entry = imageFile(tree, at);
    if (entry?.type !== 'file') return undefined;
    if ((entry.mode & 0o111) === 0)
      return {
        message: `${at} is in the image, but nobody may run it: its mode is 0${entry.mode.toString(8)}`,
      };
    const next = interpreterOf(entry.data);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

/** What runs a script or a dynamic program; of env(1) the program that it looks for. */
function interpreterOf(data: Buffer): string | undefined {
  if (data.toString('latin1', 0, 2) !== '#!') {
    const elf = parseElf(data);
    return elf === undefined ? undefined : elfInterpreter(elf);
  }
  const line = data.toString('utf8', 2, 256).split('\n')[0] ?? '';
  const [program = '', ...words] = line.trim().split(/\s+/);
  const sought = words.find((word) => !word.startsWith('-') && !word.includes('='));
  if (!program.endsWith('/env') || sought === undefined) return program;
  return sought.includes('/') ? sought : `/usr/bin/${sought}`;
}

function isLacking(path: string, tree: FileTree, made: readonly string[]): boolean {
  return isImages(path) && !made.includes(path) && imageFile(tree, path) === undefined;
}

function absent(path: string): Omit<Lack, 'variable'> {
  return {message: `there is no ${path} in the image`, missing: path};
}

function accountLacks(row: RowVariables, tree: FileTree): Lack[] {
  const names = (file: string): string[] => {
    const entry = imageFile(tree, file);
    const text = entry?.type === 'file' ? entry.data.toString('utf8') : '';
    return text.split('\n').map((line) => line.split(':')[0] ?? '');
  };
  const asked = [
    {variable: 'RUN_AS', what: 'account', file: '/etc/passwd'},
    {variable: 'OWNER', what: 'account', file: '/etc/passwd'},
    {variable: 'RUN_GROUP', what: 'group', file: '/etc/group'},
  ];
  return asked.flatMap(({variable, what, file}) => {
    const name = row[variable] ?? '';
    if (name === '' || /^\d+$/.test(name) || names(file).includes(name)) return [];
    return [{variable, message: `there is no ${what} ${name} in the image`}];
  });
}

/** Files of variables that have to be there. */
function variableFileLacks(row: RowVariables, tree: FileTree, made: readonly string[]): Lack[] {
  const files = (row['ENVIRONMENT_FILES'] ?? '').split(' ').filter((path) => path.startsWith('/'));
  return files
    .filter((path) => isLacking(path, tree, made))
    .map((path) => ({variable: 'ENVIRONMENT_FILES', ...absent(path)}));
}
