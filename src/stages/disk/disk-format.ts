import {join} from 'node:path';
import {diskLayout} from '../../formats/disk-layout.ts';
import {defineStage, type Stage} from '../../pipeline/stage.ts';
import type {Run} from '../../system/run.ts';
import type {Piece} from '../../system/sparse.ts';
import {diskPieces, type DiskInput, type DiskOptions} from './disk-pieces.ts';

/** Writes a disk of `bytes` with these pieces on it; `run` knows qemu-img. */
export type WriteDisk = (
  path: string,
  pieces: AsyncIterable<Piece>,
  more: {readonly bytes: number; readonly run: Run},
) => Promise<void>;

/** What leanos has to know of a format of disks. */
export interface DiskFormat<Driver extends string = string> {
  /** What QEMU calls it: `qemu-img create -f`. */
  readonly driver: Driver;
  /** How a file of it begins, as latin-1 text, and where; the source of that is beside it. */
  readonly magic: {readonly at: number; readonly text: string};
  /** Who takes it, for people. */
  readonly takenBy: string;
  /** Makes it, as `disk.NAME`. */
  readonly stage: Stage<DiskOptions, DiskInput>;
}

/** A format by its name, which is the end of its files' names too. `revision` rises when `write` comes to make other bytes. */
export function diskFormat<Driver extends string>(
  name: string,
  {revision, write, ...facts}: Omit<DiskFormat<Driver>, 'stage'> & {revision: number; write: WriteDisk},
): DiskFormat<Driver> {
  const stage = defineStage<DiskOptions, DiskInput>({
    name: `disk-${name}`,
    revision,
    tools: ['sfdisk', 'qemu-img'],
    inputs: ['esp', 'usr', 'state', 'grub'],
    async build(context) {
      const {bytes} = diskLayout(context.options.sizes, context.options);
      await write(join(context.out, `disk.${name}`), diskPieces(context), {bytes, run: context.run});
    },
  });
  return {...facts, stage};
}
