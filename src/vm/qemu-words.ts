import type {ArchitectureRow} from '../core/architecture-row.ts';

/** QEMU's smallest machine, which has no PCI. */
export const MICROVM = {machine: 'microvm,acpi=on', virtio: 'device'} as const;

/** What virtio devices hang on. */
export type VirtioBus = (typeof MICROVM)['virtio'] | ArchitectureRow['qemu']['virtio'];

/** A comma in a value of a QEMU option is written twice. */
export function comma(value: string): string {
  return value.replaceAll(',', ',,');
}
