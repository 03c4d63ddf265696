import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {withCommandLine, withoutEmptySegments} from '../../formats/payload/told.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {PAYLOAD_FILE} from './payload-file.ts';

export type ToldPayloadOptions = {
  /** What the payload is to find as its command line; null: what the bootloader says is right. */
  readonly commandLine: string | null;
};

/** A payload for multiboot as GRUB takes it: see withCommandLine and withoutEmptySegments. */
export const toldPayload = defineStage<ToldPayloadOptions, 'payload'>({
  name: 'told-payload',
  revision: 1,
  tools: [],
  inputs: ['payload'],
  timeless: true,
  async build({options: {commandLine}, inputs, out}) {
    const bytes = await readFile(join(inputs.payload, PAYLOAD_FILE));
    await writeFile(
      join(out, PAYLOAD_FILE),
      commandLine === null ? withoutEmptySegments(bytes) : told(bytes, commandLine),
    );
  },
});

function told(bytes: Buffer, commandLine: string): Buffer {
  try {
    return withCommandLine(bytes, commandLine);
  } catch (error) {
    throw new LeanosError(
      'USAGE',
      `the payload cannot be told arguments with quotes or backslashes: ${(error as Error).message}`,
      {cause: error},
    );
  }
}
