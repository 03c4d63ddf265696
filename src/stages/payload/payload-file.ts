import {copyFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {hashFile} from '../../system/hash-file.ts';

/** What unpacks files, to standard output. */
export const UNPACKERS = {
  gzip: ['gzip', '--decompress', '--stdout'],
  xz: ['xz', '--decompress', '--stdout'],
  zstd: ['zstd', '--decompress', '--stdout'],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export type Packing = keyof typeof UNPACKERS;

/** A file that the user has somewhere, by its bytes. A type: it is the options of a stage. */
export type TakenFile = {
  /** Its name without folders, for people and for those who are told it. */
  readonly name: string;
  /** Of the file as the user has it. */
  readonly sha256: string;
  readonly bytes: number;
  /** What it is packed by; null: nothing, or it is taken as it is. */
  readonly packing: Packing | null;
};

/** The file of the artifact. */
export const PAYLOAD_FILE = 'payload';

/** Brings a file of the user into the store, unpacked, as `payload`. */
export const payloadFile = defineStage<TakenFile, never>({
  name: 'payload-file',
  revision: 1,
  tools: Object.keys(UNPACKERS),
  inputs: [],
  timeless: true,
  detail: ({name}) => name,
  async build({options: {name, sha256, packing}, out, run, userFile}) {
    const file = join(out, PAYLOAD_FILE);
    await copyFile(userFile(sha256), file);
    if ((await hashFile(file)) !== sha256)
      throw new LeanosError('FILE', `${name} changed while it was being built`, {
        hint: 'leanos build     once more takes it as it is now',
      });
    if (packing === null) return;
    const packed = join(out, '.packed');
    await rename(file, packed);
    await run(UNPACKERS[packing], {inputFile: packed, outputFile: file});
    await rm(packed);
  },
});
