import {join} from 'node:path';
import {z} from 'zod';
import {architectureNames} from '../core/architecture.ts';
import {configError} from '../core/diagnostic.ts';
import {NAME} from '../core/names.ts';
import {isReleaseVersion} from '../core/version.ts';
import {isPublicLine} from '../formats/signify.ts';
import {diagnose} from './check.ts';
import {readDefinition} from './definition-file.ts';
import type {YamlDocument} from './yaml.ts';

/** The order that every change goes through. */
export const CHANNELS = ['alpha', 'beta', 'stable'] as const;
export type ChannelName = (typeof CHANNELS)[number];

const version = z
  .string()
  .refine(isReleaseVersion, {message: 'the version of a release is needed, such as "4890.0.0"'});
const time = z.iso.datetime({message: 'a time in UTC is needed, such as "2026-11-21T12:00:00Z"'});
const pointer = z.strictObject({version, since: time});
const publicKey = z.string().refine(isPublicLine, {
  message: 'a public key is needed: the second line of the file that `leanos keygen` makes',
});

/** A channel's policy, what it points to now, and what it pointed to before. */
export const channelSchema = z.strictObject({
  description: z.string(),
  /** Which images a release of this channel has, and for which architectures. */
  images: z
    .record(
      z.string().regex(NAME, 'the name of an image is needed: small letters, digits and "-"'),
      z.array(z.enum(architectureNames())).min(1, 'at least one architecture is needed'),
    )
    .optional(),
  update: z
    .strictObject({
      /** Where guests ask: the folder that `leanos publish` fills. */
      url: z
        .url({protocol: /^https?$/, message: 'an address that begins with http:// or https:// is needed'})
        .optional(),
      /** Days that what was published stays believable without being published again. */
      expiryDays: z.int().min(1, 'at least 1 is needed').max(3650, 'at most 3650 is needed').optional(),
    })
    .optional(),
  /** Public keys that may sign, each the second line of a signify public key file. */
  keys: z.array(publicKey).optional(),
  /** What a release must have before it comes here. */
  gates: z
    .strictObject({
      /** `leanos test` passed for every image and architecture. */
      tests: z.boolean().optional(),
      /** Whole days that it was what the channel before pointed to. */
      soakDays: z.int().min(0, 'at least 0 is needed').max(365, 'at most 365 is needed').optional(),
    })
    .optional(),
  /** The share of machines that may have `current`, in percent. */
  rollout: z.number().min(0, 'at least 0 is needed').max(100, 'at most 100 is needed').optional(),
  current: pointer.optional(),
  /** What it pointed to, the newest first. */
  history: z.array(pointer).optional(),
});

export interface Pointer {
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** A channel with every default filled in. */
export interface Channel {
  readonly name: string;
  readonly description: string;
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly url: string | undefined;
  readonly expiryDays: number;
  readonly keys: readonly string[];
  readonly gates: {readonly tests: boolean; readonly soakDays: number};
  readonly rollout: number;
  readonly current: Pointer | undefined;
  readonly history: readonly Pointer[];
}

/** Reads `channels/NAME.yaml`. @throws LeanosError CONFIG_INVALID */
export async function loadChannel(checkout: string, name: string): Promise<Channel> {
  const document = await readDefinition(join(checkout, 'channels'), name, {kind: 'channel'});
  return channelOf(name, document);
}

function channelOf(name: string, document: YamlDocument): Channel {
  const diagnostics = diagnose(document, channelSchema);
  if (diagnostics.length > 0) throw configError(diagnostics);
  const file = channelSchema.parse(document.value);
  return {
    name,
    description: file.description,
    images: file.images ?? {},
    url: file.update?.url,
    expiryDays: file.update?.expiryDays ?? 30,
    keys: file.keys ?? [],
    gates: {tests: file.gates?.tests ?? true, soakDays: file.gates?.soakDays ?? 0},
    rollout: file.rollout ?? 100,
    current: file.current,
    history: file.history ?? [],
  };
}
