import {open} from 'node:fs/promises';
import {LeanosError} from '../core/error.ts';
import {RECOGNISE_BYTES, recognise} from '../formats/recognise.ts';
import {hashFile} from '../system/hash-file.ts';

/** What a file is, from its bytes. */
export interface Inspected {
  readonly file: string;
  /** Such as `qcow2`, `squashfs`, `bzImage`. */
  readonly kind: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What its head says, by name. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Says what a disk, a usr image, a kernel, an initramfs or an archive is. @throws LeanosError USAGE for anything else */
export async function inspectFile(file: string): Promise<Inspected> {
  const {start, bytes} = await readStart(file);
  const found = recognise(start);
  if (found === undefined) {
    throw new LeanosError(
      'USAGE',
      `${file}: not a disk, a usr image, a kernel, an initramfs, or an archive that leanos knows`,
    );
  }
  return {file, kind: found.kind, bytes, sha256: await hashFile(file), facts: found.facts};
}

async function readStart(file: string): Promise<{start: Buffer; bytes: number}> {
  try {
    await using handle = await open(file);
    const {size} = await handle.stat();
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(RECOGNISE_BYTES), 0, RECOGNISE_BYTES, 0);
    return {start: buffer.subarray(0, bytesRead), bytes: size};
  } catch (error) {
    throw new LeanosError(
      'USAGE',
      `${file}: cannot be read: ${error instanceof Error ? error.message : ''}`,
      {cause: error},
    );
  }
}
