import {join} from 'node:path';
import {z} from 'zod';
import {configError} from '../core/diagnostic.ts';
import {diagnose} from './check.ts';
import {readDefinition} from './definition-file.ts';

/** A channel's policy, as its file says it. */
export const channelSchema = z.strictObject({
  description: z.string(),
});

export interface Channel extends z.infer<typeof channelSchema> {
  readonly name: string;
}

/** Reads `channels/NAME.yaml`. @throws LeanosError CONFIG_INVALID */
export async function loadChannel(checkout: string, name: string): Promise<Channel> {
  const document = await readDefinition(join(checkout, 'channels'), name, {kind: 'channel'});
  const diagnostics = diagnose(document, channelSchema);
  if (diagnostics.length > 0) throw configError(diagnostics);
  return {name, ...channelSchema.parse(document.value)};
}
