import {open} from 'node:fs/promises';
import {resolve} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {whyUnread} from '../core/why-unread.ts';
import {RECOGNISE_BYTES, recognise, type Recognised} from '../formats/recognise.ts';
import {diskReference} from '../formats/disk-references.ts';
import {isElf} from '../formats/elf.ts';
import {PAYLOAD_BYTES, recognisePayload} from '../formats/payload/payload.ts';
import {VHD_COOKIE, VHD_FOOTER_BYTES} from '../formats/vhd-footer.ts';
import {hashFile} from '../system/hash-file.ts';
import {run as runCommand, type Run} from '../system/run.ts';
import {diskFacts} from './inspect-disk.ts';
import {lookThrough} from './inspect-packed.ts';

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

/** What QEMU calls the kinds of disks. */
const DRIVERS: Readonly<Record<string, string>> = {
  'qcow2 disk': 'qcow2',
  'vmdk disk': 'vmdk',
  'vhd disk': 'vpc',
  'vhdx disk': 'vhdx',
  'raw disk with GPT': 'raw',
};

/**
 * Says what a disk, a usr image, a kernel, an initramfs or an archive is, and what is in it, whoever made it.
 * @throws LeanosError USAGE for anything else
 */
export async function inspectFile(file: string, run: Run = runCommand): Promise<Inspected> {
  const {start, end, bytes, whole} = await readEdges(file);
  const isFixedVhd = end.toString('latin1', 0, VHD_COOKIE.length) === VHD_COOKIE;
  const known: Recognised | undefined = isFixedVhd ? {kind: 'vhd disk', facts: {}} : recognise(start);
  // An ELF may be anything; and a kernel for a bootloader may have no other head than that of multiboot.
  const payload = recognisePayload(whole);
  const found =
    known === undefined || known.kind === 'ELF'
      ? (payload ?? known)
      : known.isStarted === true
        ? {...known, facts: {...known.facts, ...payload?.facts}}
        : known;
  if (found === undefined) {
    const what = bytes === 0 ? 'is empty' : 'is nothing that leanos knows';
    throw new LeanosError('USAGE', `${file}: ${what}`, {
      hint: 'leanos inspect is for disks, archives, kernels, unikernels, programs, initramfs, file systems and what leanos build puts beside them',
    });
  }
  const {kind, facts} = await closer(file, {found, start}, run);
  return {file, kind, bytes, sha256: await hashFile(file), facts};
}

/** What is on a disk that was in something else; nothing where it is no disk. */
async function factsOfInner(file: string, run: Run): Promise<Recognised['facts']> {
  const {start} = await readEdges(file);
  const found = recognise(start);
  return found === undefined || DRIVERS[found.kind] === undefined
    ? {}
    : (await closer(file, {found, start}, run)).facts;
}

/** What is in it too, where the host has what reads that. */
async function closer(
  file: string,
  {found, start}: {found: Recognised; start: Buffer},
  run: Run,
): Promise<Recognised> {
  const path = resolve(file); // tar and QEMU take a ":" before any "/" for another machine
  const driver = DRIVERS[found.kind];
  const elsewhere = diskReference(driver ?? '', start);
  if (elsewhere !== undefined)
    return {kind: found.kind, facts: {...found.facts, 'not read': `a part of it is in ${elsewhere}`}};
  try {
    if (driver === undefined)
      return (await lookThrough(path, found, {run, look: (inner) => factsOfInner(inner, run)})) ?? found;
    return {kind: found.kind, facts: {...found.facts, ...(await diskFacts({path, driver}, run))}};
  } catch (error) {
    if (!(error instanceof LeanosError)) throw error;
    return {kind: found.kind, facts: {...found.facts, 'not read': error.message.split('\n')[0] ?? ''}};
  }
}

async function readEdges(file: string): Promise<{start: Buffer; end: Buffer; bytes: number; whole: Buffer}> {
  try {
    await using handle = await open(file);
    const {size} = await handle.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const {buffer, bytesRead} = await handle.read(Buffer.alloc(length), 0, length, Math.max(0, at));
      return buffer.subarray(0, bytesRead);
    };
    const end = await read(size - VHD_FOOTER_BYTES, VHD_FOOTER_BYTES);
    const start = Buffer.concat([await read(0, RECOGNISE_BYTES)], RECOGNISE_BYTES);
    return {
      start,
      end,
      bytes: size,
      whole: isElf(start) ? await read(0, Math.min(size, PAYLOAD_BYTES)) : start,
    };
  } catch (error) {
    throw new LeanosError('USAGE', `${file}: ${whyNotInspected(error)}`, {cause: error});
  }
}

function whyNotInspected(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'EISDIR'
    ? 'is a folder; leanos inspect takes one file of it, and leanos verify a folder of a release'
    : whyUnread(error);
}
