/** What root may do and others may not, one by one; its place is its number: linux/capability.h. */
export const ALL_CAPABILITIES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;

type KnownCapability = (typeof ALL_CAPABILITIES)[number];

/** Those that a definition may give a service: none that would undo its confinement. */
export const CAPABILITY_NAMES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'net_bind_service',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'sys_nice',
  'sys_resource',
  'sys_time',
] as const satisfies readonly KnownCapability[];

export type CapabilityName = (typeof CAPABILITY_NAMES)[number];

/** The numbers of capabilities; a name that the kernel has not is left out. */
export function capabilityNumbers(names: readonly string[]): number[] {
  return names
    .map((name) => (ALL_CAPABILITIES as readonly string[]).indexOf(name))
    .filter((number) => number >= 0);
}
