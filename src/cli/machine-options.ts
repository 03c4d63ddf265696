import type {ImageOptions} from './image-options.ts';

export const FIRMWARES = ['bios', 'uefi', 'openfirmware', 'direct', 'microvm'] as const;
export const DEFAULT_MEMORY_MIB = 256;

export interface MachineOptions extends ImageOptions {
  readonly firmware?: (typeof FIRMWARES)[number];
  readonly memory: number;
}

export interface RunOptions extends MachineOptions {
  readonly userData?: string;
  readonly sshPort?: number;
  readonly disk?: string;
}

export interface TestOptions extends MachineOptions {
  readonly junit?: string;
  readonly json?: boolean;
}
