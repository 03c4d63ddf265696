import {open, readFile, stat, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {formatSize} from '../../core/size.ts';
import {
  partition,
  planDisk,
  SECTOR_BYTES,
  sfdiskScript,
  type PartitionLabel,
} from '../../formats/disk-layout.ts';
import {bootSectorCode, placedCoreImage} from '../../formats/grub-bios.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {copyInto, createSparse} from '../../system/sparse.ts';

export type DiskImageOptions = {
  readonly arch: string;
  /** What the identifiers of disk and partitions are derived from. */
  readonly seed: string;
  readonly sizes: {readonly espBytes: number; readonly usrBytes: number; readonly stateBytes: number};
  /** Whether GRUB for a BIOS goes in. */
  readonly bios: boolean;
};

/** The whole disk, `disk.raw`: a GPT with the boot code, the ESP, /usr in slot A, an empty slot B, and STATE. */
export const diskImage = defineStage<DiskImageOptions, 'esp' | 'usr' | 'state' | 'grub'>({
  name: 'disk-image',
  revision: 2,
  tools: ['sfdisk'],
  inputs: ['esp', 'usr', 'state', 'grub'],
  async build({options, inputs, out, run}) {
    const layout = planDisk(options.sizes, options);
    const image = join(out, 'disk.raw');
    await createSparse(image, layout.bytes);
    await run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', image], {input: sfdiskScript(layout)});
    const contents: readonly [PartitionLabel, string][] = [
      ['ESP', join(inputs.esp, 'esp.img')],
      ['USR-A', join(inputs.usr, 'usr.img')],
      ['STATE', join(inputs.state, 'state.img')],
    ];
    await using disk = await open(image, 'r+');
    for (const [label, source] of contents) {
      const {startLba, sectors} = partition(layout, label);
      await fits(label, source, sectors * SECTOR_BYTES);
      await copyInto(disk, source, {
        offsetBytes: startLba * SECTOR_BYTES,
        limitBytes: sectors * SECTOR_BYTES,
      });
    }
    if (options.bios) await writeBiosGrub(disk, inputs.grub, partition(layout, 'BIOS-BOOT').startLba);
  },
});

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
      hint: 'disk.sizes in the image definition sets the sizes',
    },
  );
}
