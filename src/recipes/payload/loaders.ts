import type {BootOffer} from '../../formats/payload/modes.ts';
import {PAYLOAD_FILE} from '../../stages/payload/payload-file.ts';
import type {PayloadRequest} from './payload-request.ts';

/** A command of GRUB's that loads payloads. */
interface Loader {
  /** The module that has it. */
  readonly module: string;
  /** The command that gives the payload files: each its own, or all of them one. */
  readonly givesFiles?: {readonly command: string; readonly all: boolean};
  readonly isMultiboot: boolean;
}

export const LOADERS: Readonly<Record<BootOffer['loader'], Loader>> = {
  multiboot: {module: 'multiboot', givesFiles: {command: 'module', all: false}, isMultiboot: true},
  multiboot2: {module: 'multiboot2', givesFiles: {command: 'module2', all: false}, isMultiboot: true},
  linux: {module: 'linux', givesFiles: {command: 'initrd', all: true}, isMultiboot: false},
  chainloader: {module: 'chain', isMultiboot: false},
};

/** A name that reads the same in every shell and every bootloader. */
const PLAIN_NAME = /^[\w.+-]+$/;

/** Whether GRUB hands these arguments on as they are: no quotes, no backslashes, and one blank between two words. */
export function isPlain(args: string): boolean {
  return !/["'\\]/.test(args) && args === args.split(/\s+/).filter(Boolean).join(' ');
}

/** What the payload finds as its command line. */
export function payloadCommandLine({isNamed}: BootOffer, {file, wanted}: PayloadRequest): string {
  const name = PLAIN_NAME.test(file.name) ? file.name : PAYLOAD_FILE;
  return [...(isNamed ? [name] : []), ...(wanted.args === '' ? [] : [wanted.args])].join(' ');
}

/** GRUB's commands that start what is in the slot `$slot`. */
export function startCommands(offer: BootOffer, request: PayloadRequest): string {
  const loader = LOADERS[offer.loader];
  const line = payloadCommandLine(offer, request);
  const words = offer.loader === 'chainloader' ? [line] : line.split(' ');
  const load = [offer.loader, `/$slot/${PAYLOAD_FILE}`, ...words.filter(Boolean).map(quoted)];
  const commands = [
    load.join(' '),
    ...fileCommands(loader, request),
    `echo ${quoted(`${STARTING}${request.file.name}`)}`,
  ];
  return `${commands.map((command) => `if ${command}; then `).join('')}boot; ${'fi; '.repeat(commands.length).trimEnd()}\n`;
}

/** What the bootloader says last on its console. */
export const STARTING = 'leanos: starting ';

function fileCommands({givesFiles}: Loader, {files}: PayloadRequest): string[] {
  if (givesFiles === undefined || files.length === 0) return [];
  const {command, all} = givesFiles;
  const paths = files.map((_, index) => `/$slot/file-${index}`);
  if (all) return [[command, ...paths].join(' ')];
  return files.map(({name, args}, index) =>
    [command, paths[index] ?? '', quoted(name), ...args.split(' ').filter(Boolean).map(quoted)].join(' '),
  );
}

/** A word as GRUB's shell takes it: in single quotes nothing else means anything. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
