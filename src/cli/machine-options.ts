import type {AskedPort} from '../vm/free-port.ts';
import type {ImageOptions} from './image-options.ts';

export const FIRMWARES = ['bios', 'uefi', 'openfirmware', 'direct', 'microvm'] as const;

export interface MachineOptions extends ImageOptions {
  readonly firmware?: (typeof FIRMWARES)[number];
  /** MiB; absent: what the image needs. */
  readonly memory?: number;
  /** What QEMU's `-cpu` takes. */
  readonly cpu?: string;
}

export interface RunOptions extends MachineOptions {
  readonly userData?: string;
  readonly sshPort?: number;
  readonly port?: readonly AskedPort[];
  readonly disk?: string;
}

export interface TestOptions extends MachineOptions {
  readonly junit?: string;
  readonly json?: boolean;
}
