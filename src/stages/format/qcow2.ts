import {open, rm, stat} from 'node:fs/promises';
import type {Run} from '../../system/run.ts';
import {createSparse, PIECE_BYTES, piecesOf, type Piece} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';
import {FROM_ITS_DISK, OPENSTACK, QEMU_INSIDE} from './tried-format.ts';
import {raw} from './raw.ts';

/** The whole disk as a plain qcow2 version 3: compressed, no backing file, no external data. */
export const qcow2 = imageFormat('qcow2', {
  kind: 'disk',
  files: {disk: 'disk.qcow2'},
  // Ubuntu's name of it, and that of Incus and LXD, which make virtual machines of it.
  streams: {disk: {ftypes: ['disk1.img', 'disk-kvm.img']}},
  parts: {raw},
  hardware: ['cloud'],
  tried: {
    opened: ['qemu-img'],
    started: [FROM_ITS_DISK],
    notRun: {'libvirt, Proxmox': QEMU_INSIDE, OpenStack: OPENSTACK},
  },
  takenBy: 'QEMU, libvirt, OpenStack, Proxmox',
  magic: {at: 0, text: 'QFI\xfb'}, // docs/interop/qcow2.rst in QEMU
  driver: 'qcow2',
  revision: 1,
  tools: ['qemu-img'],
  async write({files, parts, run}) {
    const {size: bytes} = await stat(parts.raw);
    await writeQcow2(files.disk, piecesOf(parts.raw, run), {bytes, run});
  },
});

/**
 * Writes a compressed qcow2 of `bytes` with these pieces on it. What is compressed already stays as it is: to try it again
 * would take the most of the time and save nothing. `run` knows qemu-img.
 */
export async function writeQcow2(
  path: string,
  pieces: AsyncIterable<Piece>,
  {bytes, run}: {readonly bytes: number; readonly run: Run},
): Promise<void> {
  const [loose, dense] = [`${path}.loose`, `${path}.dense`];
  for (const half of [loose, dense]) await createSparse(half, bytes);
  await using toLoose = await open(loose, 'r+');
  await using toDense = await open(dense, 'r+');
  for await (const {at, data} of pieces)
    await (isDense(data) ? toDense : toLoose).write(data, 0, data.length, at);
  const convert = (from: string, ...args: readonly string[]) =>
    run(['qemu-img', 'convert', ...args, '-f', 'raw', '-O', 'qcow2', from, path]);
  await convert(loose, '-c', '-o', 'compat=1.1');
  await convert(dense, '-n', '--target-is-zero');
  await Promise.all([loose, dense].map((half) => rm(half)));
}

/**
 * Whether all bytes of a cluster that starts with `data` and goes on with zeros are about equally frequent, as in what is
 * compressed: the sum of the squares of the 256 counts is within 5 % of its least.
 */
export function isDense(data: Buffer): boolean {
  const counts = new Uint32Array(256);
  counts[0] = PIECE_BYTES - data.length;
  for (let at = 0; at < data.length; at += 1) {
    const byte = data[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  const squares = counts.reduce((sum, count) => sum + count * count, 0);
  return squares * counts.length < PIECE_BYTES ** 2 * 1.05;
}
