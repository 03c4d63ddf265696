import {join} from 'node:path';
import {sha256} from '../../core/canonical.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {hashFile} from '../../system/hash-file.ts';
import {PAYLOAD_FILE} from '../payload/payload-file.ts';
import {FAT_TOOLS, writeFat, type FatFile} from './fat-image.ts';
import {SLOT_STATE_FILES, slotState} from './slot-state.ts';

export type PayloadEspOptions = {
  readonly bytes: number;
  /** Eight hexadecimal digits: the FAT's volume number. */
  readonly volumeId: string;
  /** The file that UEFI starts; null where UEFI cannot start the payload. */
  readonly efiFile: string | null;
  readonly grubConfig: string;
  readonly slot: 'A' | 'B';
  /** GRUB's commands that start what is in the slot; `$slot` is its name. */
  readonly start: string;
  /** What the slot says that it has: lines of NAME=VALUE. */
  readonly release: string;
  readonly channel: string;
  /** The names in the slot of the files that the payload is given, each an input of the same name. */
  readonly files: readonly string[];
};

/** The EFI system partition of a disk without Linux, `esp.img`: GRUB, its configuration, and the payload in the first slot. */
export const payloadEsp = defineStage<PayloadEspOptions, 'grub' | 'payload'>({
  name: 'payload-esp',
  revision: 1,
  tools: FAT_TOOLS,
  inputs: ['grub', 'payload'],
  async build({options, inputs, out, run}) {
    const {bytes, volumeId, efiFile, grubConfig, channel} = options;
    const files: FatFile[] = [
      ...(efiFile === null ? [] : [{path: `EFI/BOOT/${efiFile}`, source: join(inputs.grub, 'grub.efi')}]),
      {path: 'grub/grub.cfg', text: grubConfig},
      {path: 'grub/channel', text: `${channel}\n`},
      ...SLOT_STATE_FILES.map((name) => ({path: `grub/${name}`, text: slotState()})),
      ...(await slotFiles(options, inputs)),
    ];
    const work = {content: join(out, '.content'), run};
    await writeFat(join(out, 'esp.img'), {bytes, volumeId, files}, work);
  },
});

async function slotFiles(
  {slot, start, release, files}: PayloadEspOptions,
  inputs: Readonly<Record<string, string>>,
): Promise<FatFile[]> {
  const content = [
    {name: PAYLOAD_FILE, source: join(inputs['payload'] ?? '', PAYLOAD_FILE)},
    ...files.map((name) => ({name, source: join(inputs[name] ?? '', PAYLOAD_FILE)})),
    {name: 'slot.cfg', text: start},
    {name: 'release', text: release},
  ];
  const sums: string[] = [];
  for (const file of content)
    sums.push(`${'text' in file ? sha256(file.text) : await hashFile(file.source)}  ${file.name}\n`);
  return [
    ...content.map(({name, ...file}) => ({path: `${slot}/${name}`, ...file})),
    {path: `${slot}/sha256`, text: sums.join('')},
  ];
}
