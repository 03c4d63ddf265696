import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import {sha256} from '../core/canonical.ts';

export const SECTOR_BYTES = 512;
const MIB = 1024 * 1024;
/** After the protective MBR, the header and 128 entries of 128 bytes (UEFI 2.10, 5.3). */
const FIRST_USABLE_LBA = 34;

/**
 * The partitions of every leanos disk by label, in their order on it. The labels are what guests look for. The first is for what
 * a firmware starts that reads no FAT: a BIOS, or OpenFirmware.
 */
const FURTHER_LABELS = ['ESP', 'USR-A', 'USR-B', 'STATE'] as const;
export type PartitionLabel = 'BIOS-BOOT' | 'PREP' | (typeof FURTHER_LABELS)[number];

/** Type GUIDs: UEFI 2.10 table 5.7, GRUB's manual ("BIOS installation"), and the UAPI group's Discoverable Partitions. */
/** Power Architecture Platform Reference, "PReP boot partition"; SLOF looks for it in a GPT (slof/fs/packages/disk-label.fs). */
const PREP_TYPE = '9E1A2D38-C612-4316-AA26-8B49521E5A8B';
const BIOS_BOOT_TYPE = '21686148-6449-6E6F-744E-656564454649';
const ESP_TYPE = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
const LINUX_TYPE = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

export interface DiskSizes {
  readonly espBytes: number;
  /** Of each of the two slots: the usr image and its verity data. */
  readonly usrBytes: number;
  readonly stateBytes: number;
}

export interface Partition {
  readonly label: PartitionLabel;
  readonly type: string;
  readonly uuid: string;
  readonly startLba: number;
  readonly sectors: number;
}

export interface DiskLayout {
  readonly diskUuid: string;
  readonly bytes: number;
  readonly partitions: readonly Partition[];
}

/** Where everything lies on a disk; what has no size is not there. All starts and sizes are whole MiB; identifiers follow from `seed`. */
export function diskLayout(
  sizes: DiskSizes,
  {arch, seed}: {arch: ArchitectureName; seed: string},
): DiskLayout {
  const bytesOf: Readonly<Record<PartitionLabel, number>> = {
    'BIOS-BOOT': MIB,
    PREP: MIB,
    ESP: sizes.espBytes,
    'USR-A': sizes.usrBytes,
    'USR-B': sizes.usrBytes,
    STATE: sizes.stateBytes,
  };
  const usrType = ARCHITECTURES[arch].usrPartition;
  const typeOf: Readonly<Record<PartitionLabel, string>> = {
    'BIOS-BOOT': BIOS_BOOT_TYPE,
    PREP: PREP_TYPE,
    ESP: ESP_TYPE,
    'USR-A': usrType,
    'USR-B': usrType,
    STATE: LINUX_TYPE,
  };
  let next = MIB; // the first MiB holds the MBR and the GPT
  const boot: PartitionLabel = ARCHITECTURES[arch].grub.openFirmware === undefined ? 'BIOS-BOOT' : 'PREP';
  const all: readonly PartitionLabel[] = [boot, ...FURTHER_LABELS];
  const labels = all.filter((label) => bytesOf[label] > 0);
  const partitions = labels.map((label): Partition => {
    const start = next;
    next += bytesOf[label];
    return {
      label,
      type: typeOf[label],
      uuid: derivedUuid(`${seed} ${label}`),
      startLba: start / SECTOR_BYTES,
      sectors: bytesOf[label] / SECTOR_BYTES,
    };
  });
  return {diskUuid: derivedUuid(seed), bytes: next + MIB, partitions}; // the last MiB holds the backup GPT
}

/** A version 8 UUID (RFC 9562: custom contents) made of the sha256 of a text. */
export function derivedUuid(text: string): string {
  const digits = Array.from(sha256(text).slice(0, 32));
  digits[12] = '8';
  digits[16] = ((Number.parseInt(digits[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  const hex = digits.join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The input of sfdisk(8) that makes the partition table. */
export function sfdiskScript({diskUuid, partitions}: DiskLayout): string {
  const lines = partitions.map(
    ({label, type, uuid, startLba, sectors}) =>
      `start=${startLba}, size=${sectors}, type=${type}, uuid=${uuid.toUpperCase()}, name="${label}"`,
  );
  return [
    'label: gpt',
    `label-id: ${diskUuid.toUpperCase()}`,
    'unit: sectors',
    `first-lba: ${FIRST_USABLE_LBA}`,
    ...lines,
    '',
  ].join('\n');
}

/** The number of a partition in its table, as `sfdisk` and GRUB count: from 1. */
export function partitionNumber(label: (typeof FURTHER_LABELS)[number]): number {
  return FURTHER_LABELS.indexOf(label) + 2;
}

export function partition(layout: DiskLayout, label: PartitionLabel): Partition {
  const found = layout.partitions.find((item) => item.label === label);
  if (found === undefined) throw new Error(`no partition ${label}`);
  return found;
}
