import {z} from 'zod';
import {isPublicLine} from '../formats/signify.ts';
import {isInnerPath, NAME, SHA256} from '../core/names.ts';
import {isReleaseVersion} from '../core/version.ts';

const time = z.iso.datetime();

/** What a guest reads first: the release that a channel gives to an image of an architecture. It is signed as a whole. */
export const pointerSchema = z.object({
  type: z.literal('leanos-channel'),
  channel: z.string().regex(NAME),
  image: z.string().regex(NAME),
  arch: z.string().regex(/^\w+$/),
  version: z.string().refine(isReleaseVersion),
  /** ISO 8601, UTC. It only goes forward, by at least a second. After `expires` nobody may believe it. */
  published: time,
  expires: time,
  /** The share of machines that may have it, in percent. */
  rollout: z.number().min(0).max(100),
  /** The manifest of the release, by its path from the root of what is published. */
  manifest: z.object({
    path: z.string().refine(isInnerPath),
    bytes: z.int().min(0),
    sha256: z.string().regex(SHA256),
  }),
  /** All keys that may sign from now on: a guest that believes this pointer believes them. */
  keys: z.array(z.string().refine(isPublicLine)),
});
export type ChannelPointer = z.infer<typeof pointerSchema>;

/** Where the pointer lies, signed by one key: a guest knows the numbers of its keys, and so the names. */
export function pointerPath(
  {channel, image, arch}: Pick<ChannelPointer, 'channel' | 'image' | 'arch'>,
  keyId: string,
): string {
  return `${channel}/${image}-${arch}.${keyId}.signed`;
}

/** One line for each key of JSON, so that a guest's parser and a person read it alike. */
export function formatPointer(pointer: ChannelPointer): string {
  return `${JSON.stringify(pointer, null, 1)}\n`;
}

/** The pointer of a text; `undefined` for anything else. */
export function parsePointer(text: string): ChannelPointer | undefined {
  try {
    return pointerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
