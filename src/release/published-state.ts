import type {Channel} from '../config/channel.ts';
import {openEmbedded, parsePublicLine, type PublicKey} from '../formats/signify.ts';
import {parsePointer, pointerPath, type ChannelPointer} from './pointer.ts';
import type {PublishTarget} from './publish-files.ts';

/** Which build of a channel a pointer is for. */
type Build = Pick<ChannelPointer, 'image' | 'arch'>;

/** A pointer that is there. */
export interface FoundPointer {
  readonly path: string;
  readonly keyId: string;
  readonly pointer: ChannelPointer;
  /** Whether one of the channel's keys signed it; if not, a key that the pointer itself names did. */
  readonly isTrusted: boolean;
}

/** The pointers of one build at a place, and those that cannot be read. */
export interface FoundPointers {
  readonly pointers: readonly FoundPointer[];
  readonly damaged: readonly string[];
}

/** Reads the pointers of a build that are at a place, whoever signed them. */
export async function findPointers(
  target: PublishTarget,
  channel: Pick<Channel, 'name' | 'keys'>,
  build: Build,
): Promise<FoundPointers> {
  const keys = channel.keys.map(parsePublicLine);
  const pointers: FoundPointer[] = [];
  const damaged: string[] = [];
  for (const keyId of pointerKeys(await target.names(channel.name), build)) {
    const path = pointerPath({channel: channel.name, ...build}, keyId);
    const file = await target.read(path);
    const found = file === undefined ? undefined : openPointer(file, {keyId, keys});
    if (found === undefined) damaged.push(path);
    else pointers.push({path, keyId, ...found});
  }
  return {pointers, damaged};
}

/** The keys whose pointers for a build are among the names of a folder. */
function pointerKeys(names: readonly string[], {image, arch}: Build): string[] {
  return names.flatMap((name) => {
    const keyId = /\.([0-9a-f]{16})\.signed$/.exec(name)?.[1] ?? '';
    return name === `${image}-${arch}.${keyId}.signed` ? [keyId] : [];
  });
}

function openPointer(
  file: Buffer,
  {keyId, keys}: {keyId: string; keys: readonly PublicKey[]},
): Pick<FoundPointer, 'pointer' | 'isTrusted'> | undefined {
  const message = messageOf(file);
  const pointer = message === undefined ? undefined : parsePointer(message.toString());
  if (pointer === undefined) return undefined;
  const isBy = (known: readonly PublicKey[]): boolean =>
    openEmbedded(
      file,
      known.filter(({id}) => id === keyId),
    ) !== undefined;
  if (isBy(keys)) return {pointer, isTrusted: true};
  return isBy(pointer.keys.map(parsePublicLine)) ? {pointer, isTrusted: false} : undefined;
}

/** What stands behind the two lines of a signature. */
function messageOf(file: Buffer): Buffer | undefined {
  const first = file.indexOf('\n');
  const second = first === -1 ? -1 : file.indexOf('\n', first + 1);
  return second === -1 ? undefined : file.subarray(second + 1);
}
