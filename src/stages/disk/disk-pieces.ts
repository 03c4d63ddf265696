import {open, readFile, rm, stat, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {formatSize} from '../../core/size.ts';
import {
  partition,
  SECTOR_BYTES,
  sfdiskScript,
  type DiskLayout,
  type PartitionLabel,
} from '../../formats/disk-layout.ts';
import {bootSectorCode, placedCoreImage} from '../../formats/grub-bios.ts';
import type {Run} from '../../system/run.ts';
import {createSparse, piecesOf, type Piece} from '../../system/sparse.ts';

/** The paths of what goes onto a disk: filesystems, and the folder of GRUB. */
export interface DiskParts {
  readonly esp: string;
  readonly usr: string;
  readonly state: string;
  readonly grub: string;
}

/**
 * What is on the whole disk and not zero: a GPT with the boot code (of a BIOS if `bios`), the ESP, /usr in slot A, an empty slot B, and
 * STATE. Pieces lie at multiples of 64 KiB, as partitions do. `scratch` is a folder; nothing is left in it.
 */
export async function* diskPieces({
  layout,
  parts,
  bios,
  scratch,
  run,
}: {
  readonly layout: DiskLayout;
  readonly parts: DiskParts;
  readonly bios: boolean;
  readonly scratch: string;
  readonly run: Run;
}): AsyncGenerator<Piece> {
  const table = join(scratch, '.table.raw');
  await writeTable(table, {layout, grub: bios ? parts.grub : undefined, run});
  yield* piecesOf(table, run);
  await rm(table);
  const openFirmware = layout.partitions.some(({label}) => label === 'PREP');
  const contents: readonly (readonly [PartitionLabel, string])[] = [
    ...(openFirmware ? ([['PREP', join(parts.grub, 'grub.elf')]] as const) : []),
    ['ESP', parts.esp],
    ['USR-A', parts.usr],
    ['STATE', parts.state],
  ];
  for (const [label, source] of contents) {
    if (!layout.partitions.some((each) => each.label === label)) continue;
    const {startLba, sectors} = partition(layout, label);
    await fits(label, source, sectors * SECTOR_BYTES);
    for await (const {at, data} of piecesOf(source, run)) yield {at: startLba * SECTOR_BYTES + at, data};
  }
}

async function writeTable(
  path: string,
  {layout, grub, run}: {layout: DiskLayout; grub: string | undefined; run: Run},
): Promise<void> {
  await createSparse(path, layout.bytes);
  await run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', path], {input: sfdiskScript(layout)});
  if (grub === undefined) return;
  await using disk = await open(path, 'r+');
  await writeBiosGrub(disk, grub, partition(layout, 'BIOS-BOOT').startLba);
}

async function writeBiosGrub(disk: FileHandle, grub: string, coreLba: number): Promise<void> {
  const code = bootSectorCode(await readFile(join(grub, 'boot.img')), coreLba);
  const core = placedCoreImage(await readFile(join(grub, 'core.img')), coreLba);
  await disk.write(code, 0, code.length, 0);
  await disk.write(core, 0, core.length, coreLba * SECTOR_BYTES);
}

async function fits(label: PartitionLabel, source: string, limitBytes: number): Promise<void> {
  const {size} = await stat(source);
  if (size <= limitBytes) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    `what goes into ${label} has ${formatSize(size)}, the partition ${formatSize(limitBytes)}`,
    {
      hint: 'disk: {esp: …, usr: …, state: …} in the image definition sets the sizes',
    },
  );
}
