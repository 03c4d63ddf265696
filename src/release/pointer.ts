import {z} from 'zod';

/** What a guest reads first: the release that a channel gives to an image of an architecture. It is signed as a whole. */
export const pointerSchema = z.object({
  type: z.literal('leanos-channel'),
  channel: z.string(),
  image: z.string(),
  arch: z.string(),
  version: z.string(),
  /** ISO 8601, UTC. After `expires` nobody may believe it. */
  published: z.string(),
  expires: z.string(),
  /** The share of machines that may have it, in percent. */
  rollout: z.number(),
  /** The manifest of the release, by its path from the root of what is published. */
  manifest: z.object({path: z.string(), bytes: z.number(), sha256: z.string()}),
  /** All keys that may sign from now on: a guest that believes this pointer believes them. */
  keys: z.array(z.string()),
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
