import {resolve} from 'node:path';
import type {ImageDefinition} from '../config/image.ts';
import {payloadDefinition, type PayloadDefinition} from '../config/payload.ts';
import {placeOf, type Places} from '../config/places.ts';
import type {Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {isOciAddress} from '../formats/oci-address.ts';
import {chooseMode, modeFormats, mustMeanSomething} from '../recipes/payload/choose-mode.ts';
import type {PayloadRequest} from '../recipes/payload/payload-request.ts';
import type {TakenFile} from '../stages/payload/payload-file.ts';
import type {Run} from '../system/run.ts';
import type {PayloadChoice} from './payload-choice.ts';
import {payloadAt, payloadInRegistry, type PayloadDoors} from './payload-place.ts';
import {readPayloadFile, takenFile} from './read-payload.ts';

/** The payload of an image, and the definition with what its mode needs. */
export interface FoundPayload {
  readonly request: PayloadRequest;
  readonly image: ImageDefinition;
  /** Where its files are, by sha256. */
  readonly userFiles: ReadonlyMap<string, string>;
}

/**
 * Reads the payload of a definition or of the command line, and chooses its mode; `undefined` where there is none.
 * @throws LeanosError USAGE, CONFIG_INVALID for a payload that the mode, or the architecture, cannot have
 */
export async function findPayload(
  image: ImageDefinition,
  choice: PayloadChoice | undefined,
  {
    places,
    arch,
    run,
    allFormats,
    doors,
  }: {
    readonly places: Places;
    readonly arch: Architecture;
    readonly run: Run;
    readonly doors: PayloadDoors;
    /** Whether the formats are all that there can be, and not those that somebody named. */
    readonly allFormats: boolean;
  },
): Promise<FoundPayload | undefined> {
  if (image.payload === undefined && choice === undefined) return undefined;
  const wanted = withChoice(image.payload ?? payloadDefinition({}), choice);
  const inProject = (path: string): string => {
    const {root, path: inner} = placeOf(path, places);
    return resolve(root, inner);
  };
  const named = choice?.file ?? mustBeNamed(wanted.file);
  const {path, name: known} = isOciAddress(named)
    ? await payloadInRegistry(named, arch, doors)
    : await payloadAt(choice?.file === undefined ? inProject(named) : resolve(named), doors);
  const {file, payload, unpackedBytes} = await readPayloadFile(path, run, known);
  const userFiles = new Map([[file.sha256, path]]);
  const taken = async (name: string): Promise<TakenFile> => {
    const found = await takenFile(inProject(name));
    userFiles.set(found.sha256, inProject(name));
    return found;
  };
  const found = {payload, arch, wanted};
  const chosen = chooseMode(wanted.mode, found, file.name);
  mustMeanSomething(chosen, wanted);
  const {args, environment, memoryBytes, onExit} = wanted;
  const request: PayloadRequest = {
    file,
    unpackedBytes,
    payload,
    mode: chosen.mode,
    bare: chosen.recipe.bare?.(payload),
    besideMib: chosen.recipe.besideMib?.(image) ?? 0,
    wanted: {args, environment, memoryBytes, onExit},
    files: await Promise.all(wanted.files.map(async (each) => ({...each, file: await taken(each.file)}))),
    disks: await Promise.all(wanted.disks.map(async (each) => ({...each, file: await taken(each.file)}))),
  };
  const formats = modeFormats(image.formats, chosen, {all: allFormats});
  return {request, image: chosen.recipe.definition({...image, formats}, found), userFiles};
}

function withChoice(wanted: PayloadDefinition, choice: PayloadChoice = {}): PayloadDefinition {
  const {mode, args} = choice;
  if (args?.includes('\n') === true) throw new LeanosError('USAGE', '--payload-args: one line is needed');
  return {...wanted, mode: mode ?? wanted.mode, args: args ?? wanted.args};
}

function mustBeNamed(file: string | undefined): string {
  if (file !== undefined) return file;
  throw new LeanosError('USAGE', 'no payload is named: --payload-mode and --payload-args are for one', {
    hint: '--payload FILE, or payload: {file: …} in the definition, names it',
  });
}
