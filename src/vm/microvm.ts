import {readFile, writeFile} from 'node:fs/promises';
import {cpus} from 'node:os';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {bzImagePayload} from '../formats/bzimage.ts';
import type {Run} from '../system/run.ts';

/**
 * The ELF kernel that is packed in an x86 kernel, which a microvm starts by PVH: nothing is unpacked in the guest, which has
 * no memory for it to spare.
 */
export async function unpackedKernel(
  kernel: string,
  {folder, run}: {folder: string; run: Run},
): Promise<string> {
  const payload = bzImagePayload(await readFile(kernel));
  if (payload === undefined) throw new LeanosError('USAGE', `microvm: ${kernel} is no kernel for x86`);
  const [packed, unpacked] = [join(folder, 'vmlinux.packed'), join(folder, 'vmlinux')];
  await writeFile(packed, payload.data);
  await run([payload.format, '--decompress', '--stdout'], {inputFile: packed, outputFile: unpacked});
  return unpacked;
}

/**
 * A microvm has no timer that the kernel could measure the processor's by; QEMU's emulation hangs now and then where it
 * tries.
 */
export function clockWord(): string {
  const megahertz = cpus()[0]?.speed ?? 0;
  return `tsc_early_khz=${(megahertz > 0 ? megahertz : 2000) * 1000}`;
}
