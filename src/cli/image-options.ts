import {InvalidArgumentError, Option, type Command} from 'commander';
import {
  architectureNames,
  hostArchitecture,
  isArchitectureName,
  type ArchitectureName,
} from '../core/architecture.ts';
import {suggest} from '../core/suggest.ts';
import {BASES, type BaseName} from '../core/base-name.ts';
import {CLOUDS} from '../config/clouds.ts';
import {PAYLOAD_MODE_WORDS, type PayloadDefinition} from '../config/payload.ts';
import {FORMAT_NAMES, type FormatList, type FormatName} from '../stages/format/image-formats.ts';
import type {BuildChoice} from '../build/choice.ts';
import type {PayloadChoice} from '../build/payload-choice.ts';
import {defaultImage} from '../build/own-project.ts';
import type {Workspace} from '../build/workspace.ts';

const ALL_FORMATS = 'all';

/** The options that say which image, as commander gives them. */
export interface ImageOptions {
  readonly channel: string;
  readonly image?: string | undefined;
  readonly arch: ArchitectureName;
  readonly base?: BaseName;
  readonly buildroot?: string | undefined;
  readonly nvd?: string | undefined;
  readonly format?: FormatList | typeof ALL_FORMATS;
  readonly payload?: string;
  readonly payloadMode?: PayloadDefinition['mode'];
  readonly payloadArgs?: string;
  readonly out?: string;
  readonly locked?: boolean;
}

/** The options with the image that the argument names, where there is one. */
export function withArgument<T extends {readonly image?: string | undefined}>(
  argument: string | undefined,
  options: T,
): T {
  return {...options, image: argument ?? options.image};
}

/** Adds the options that say which image, which may also be an argument that wins: see {@link withArgument}. */
export function addImageOptions(command: Command, {argument = true}: {argument?: boolean} = {}): Command {
  if (argument) command.argument('[image]', 'the same as --image');
  return command
    .option(
      '--image <name>',
      'a definition in images/, or leanos/NAME for one that leanos brings; default: test, or the only one',
    )
    .option('--channel <name>', 'a channel in channels/', 'alpha')
    .addOption(archOption())
    .addOption(
      new Option('--base <name>', "where userland and kernel come from; default: the image's own").choices(
        BASES,
      ),
    )
    .addOption(
      new Option('--buildroot <folder>', "an unpacked Buildroot, in place of the image's own source").env(
        'LEANOS_BUILDROOT',
      ),
    )
    .addOption(
      new Option(
        '--nvd <folder>',
        'a clone of the NVD feeds: what is known against the packages of Buildroot is told beside the image',
      ).env('LEANOS_NVD'),
    )
    .addOption(formatOption())
    .option(
      '--payload <file>',
      'a unikernel, a kernel, a program or a container image (a tar, a folder, oci://…) that the image carries, and boots or runs in place of a guest',
    )
    .addOption(
      new Option(
        '--payload-mode <mode>',
        'what starts it: the bootloader, the lean Linux, or Xen; default: auto, the first that can',
      ).choices(PAYLOAD_MODE_WORDS),
    )
    .option('--payload-args <line>', "the payload's arguments, as one word of the shell")
    .option('--out <folder>', "where the files go; default: out in the project's folder")
    .option('--locked', 'insist on the pins of locks/, and say what is gone');
}

/** What the options ask for. @throws LeanosError USAGE where they name no image, and the project has several */
export async function buildChoice(options: ImageOptions, workspace: Workspace): Promise<BuildChoice> {
  const {channel, arch, base, buildroot, nvd, format, out = workspace.out, locked} = options;
  const image = options.image ?? (await defaultImage(workspace));
  const payload = payloadChoice(options);
  return {channel, image, arch, base, buildroot, nvd, formats: format, payload, out, locked: locked === true};
}

function payloadChoice({
  payload: file,
  payloadMode: mode,
  payloadArgs: args,
}: ImageOptions): PayloadChoice | undefined {
  return file === undefined && mode === undefined && args === undefined ? undefined : {file, mode, args};
}

/** Its own parser says what was meant; the choices are for help and completion. */
export function archOption(): Option {
  const option = new Option('--arch <name>', 'what the image is for')
    .argParser(parseArch)
    .default(hostArchitecture().name, "this machine's");
  option.argChoices = [...architectureNames()];
  return option;
}

/** Several with commas: its own parser reads them; the choices are for help and completion. */
function formatOption(): Option {
  const option = new Option(
    '--format <list>',
    "formats, several with commas, in place of the image's own",
  ).argParser(parseFormats);
  option.argChoices = [...FORMAT_NAMES, ALL_FORMATS];
  return option;
}

function parseArch(name: string): ArchitectureName {
  if (isArchitectureName(name)) return name;
  throw new InvalidArgumentError(knownAre(name, architectureNames()));
}

function parseFormats(list: string): FormatList | typeof ALL_FORMATS {
  if (list === ALL_FORMATS) return list;
  const [first = '', ...more] = list.split(',');
  return [parseFormat(first), ...more.map(parseFormat)];
}

function parseFormat(name: string): FormatName {
  const format = FORMAT_NAMES.find((known) => known === name);
  if (format !== undefined) return format;
  if (name === '') throw new InvalidArgumentError('A format is missing: one comma stands between two.');
  if (name === ALL_FORMATS)
    throw new InvalidArgumentError(`"${ALL_FORMATS}" stands alone: the others are among them.`);
  throw new InvalidArgumentError(takenThere(name) ?? knownAre(name, [...FORMAT_NAMES, ALL_FORMATS]));
}

/** What a cloud takes, for whoever names it in place of a format; `undefined` where no cloud, or more than one, is called so. */
function takenThere(word: string): string | undefined {
  const [cloud, ...others] = CLOUDS.filter(({name}) =>
    name.toLowerCase().split(/\W+/).includes(word.toLowerCase()),
  );
  if (cloud === undefined || others.length > 0) return undefined;
  return `"${word}" is no format; ${cloud.name} takes ${cloud.formats.join(', ')}`;
}

function knownAre(name: string, known: readonly string[]): string {
  const near = suggest(name, known);
  return `"${name}" is not known; ${near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`}`;
}

/** Parses a whole number of an option within limits. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed`);
  };
}
