import type {ArchitectureName, DiskFirmware} from '../core/architecture.ts';

/** Instance data of a machine, as a NoCloud disk. */
export interface MachineSeed {
  /** A script, a cloud-config, or what else user-data may be. */
  readonly userData?: string;
  /** Without it `leanos`. */
  readonly hostname?: string;
  /** Lines of authorized_keys, beside the key that this process logs in with. */
  readonly publicKeys?: readonly string[];
  /** Without it one of its own for each machine. */
  readonly instanceId?: string;
}

/** How a machine is booted. */
export interface BootOptions {
  readonly seed?: MachineSeed;
  /** Without it 256. */
  readonly memoryMib?: number;
  /**
   * The processor, as QEMU's `-cpu` takes it. Without it the host's under KVM, and else all that QEMU emulates but what is known to go wrong in
   * some version: on x86_64 cmpxchg16b, which haproxy needs (`max`).
   */
  readonly cpu?: string;
  /**
   * Without it BIOS where the architecture has it, else UEFI or OpenFirmware, else `direct`: the kernel from RAM, without a disk.
   */
  readonly firmware?: DiskFirmware | 'direct';
  /** Ports of 127.0.0.1, and the ports of the guest that they lead to: `{8080: 80}`. `[80]`: a port that is free leads to it. */
  readonly ports?: Readonly<Record<number, number>> | readonly number[];
  /**
   * A network of this name, which machines of this process share: they reach each other by their host names. One without a name
   * is called after the network, with a number. Not with `from: 'warm'`.
   */
  readonly network?: string;
  /** Who logs in; without it the image's own user, or root. */
  readonly user?: string;
  /** A private key in OpenSSH's or PEM format, or its file; without it a new one, which comes with the seed. */
  readonly key?: string;
  /** In place of a key. */
  readonly password?: string;
  /** The architecture of a disk that is given by its path; without it the host's. */
  readonly arch?: ArchitectureName;
  /** How long each phase of the boot, each command and each wait may take. Without it two minutes. `LEANOS_TIMEOUT_SCALE` multiplies it. */
  readonly timeoutMs?: number;
  /** A file for all that the console says, which stays. */
  readonly log?: string;
  /**
   * `warm`: a machine that has come up is kept, memory and disk, and this one goes on from there, with the clock of now and random
   * numbers of its own. Nothing of one is seen by the next. Needs qemu-img. Without it each machine boots.
   */
  readonly from?: 'boot' | 'warm';
  /** Whether a warm machine of an image of leanos gets a host key of its own; without it all that go on from there have one. */
  readonly newHostKey?: boolean;
  /** Ends the machine and everything that waits for it. */
  readonly signal?: AbortSignal;
}
