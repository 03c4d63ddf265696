/** What the tests do with a format that this machine, or any, can do. They compare themselves with it. */
export interface TriedFormat {
  /** Programs that open its files (test/tools/formats.test.ts, tree-formats.test.ts). */
  readonly opened: readonly string[];
  /** What QEMU does with it (test/boot/formats.test.ts, formats-from-ram.test.ts). */
  readonly started?: readonly string[];
  /** Takers that no test runs, and why. */
  readonly notRun?: Readonly<Record<string, string>>;
}

/** What QEMU does with a disk. */
export const FROM_ITS_DISK = 'starts from it';

/** Why takers are not run. */
export const IN_A_CLOUD = 'a cloud, where no test has an account';
export const OWN_HOST = 'the system of a host of its own';
export const NOT_PACKAGED = "not in Debian's main archive";
export const QEMU_INSIDE = 'starts QEMU, which is run';
export const OPENSTACK = 'wants an installation of OpenStack';
export const RUNTIME = 'take the cgroups of a host; crun is what runs the containers of podman';
