import {stat} from 'node:fs/promises';
import {basename} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {whyUnread} from '../core/why-unread.ts';
import {formatSize} from '../core/size.ts';
import {PAYLOAD_BYTES, readPayload, type Payload} from '../formats/payload/payload.ts';
import {recognise, RECOGNISE_BYTES} from '../formats/recognise.ts';
import {UNPACKERS, type Packing, type TakenFile} from '../stages/payload/payload-file.ts';
import {hashFile} from '../system/hash-file.ts';
import {readStart} from '../system/regular-file.ts';
import type {Run} from '../system/run.ts';
import {unpackedStart} from './inspect-packed.ts';
import {containerPayload, readContainers} from './read-container.ts';

/** A payload's file, and what its bytes say. */
export interface ReadPayload {
  readonly file: TakenFile;
  readonly payload: Payload;
  readonly unpackedBytes: number;
}

/** How what is packed begins: RFC 1952, The .xz File Format 1.2.1, RFC 8878. */
const MAGIC: Readonly<Record<Packing, string>> = {
  gzip: '\x1f\x8b',
  xz: '\xfd7zXZ\0',
  zstd: '\x28\xb5\x2f\xfd',
};

/** Recognises a payload, packed or not; `run` has what unpacks, `name` is another than the path's. @throws LeanosError USAGE where it is none */
export async function readPayloadFile(path: string, run: Run, name = basename(path)): Promise<ReadPayload> {
  const start = await readStart(path, RECOGNISE_BYTES).catch((error: unknown) => {
    throw new LeanosError('USAGE', `payload ${path}: ${whyUnread(error)}`, {cause: error});
  });
  const packing = packingOf(start);
  const bytes =
    packing === null
      ? await readStart(path, PAYLOAD_BYTES)
      : await unpackedStart(path, UNPACKERS[packing][0], PAYLOAD_BYTES, run);
  const containers = await readContainers(bytes);
  const payload = readPayload(bytes) ?? (containers.length === 0 ? undefined : containerPayload(containers));
  if (payload !== undefined) {
    const file = {...(await takenFile(path, packing)), name};
    if (packing !== null && bytes.length === PAYLOAD_BYTES)
      throw new LeanosError(
        'USAGE',
        `payload ${path}: unpacked it has ${formatSize(PAYLOAD_BYTES)} or more`,
        {
          hint: 'a payload that large is given unpacked',
        },
      );
    return {file, payload, unpackedBytes: packing === null ? file.bytes : bytes.length};
  }
  const kind = recognise(bytes.subarray(0, RECOGNISE_BYTES))?.kind ?? 'nothing that leanos knows';
  throw new LeanosError(
    'USAGE',
    `payload ${path}: is no unikernel, kernel, program or container image, but ${kind}`,
    {
      hint: `leanos inspect ${path}     says more`,
    },
  );
}

/** A file by its name and its bytes; taken as it is, unless it says by what it is unpacked. @throws LeanosError USAGE */
export async function takenFile(path: string, packing: Packing | null = null): Promise<TakenFile> {
  try {
    return {name: basename(path), sha256: await hashFile(path), bytes: (await stat(path)).size, packing};
  } catch (error) {
    throw new LeanosError('USAGE', `${path}: ${whyUnread(error)}`, {cause: error});
  }
}

function packingOf(start: Buffer): Packing | null {
  const found = Object.entries(MAGIC).find(
    ([, magic]) => start.toString('latin1', 0, magic.length) === magic,
  );
  return found === undefined ? null : (found[0] as Packing);
}
