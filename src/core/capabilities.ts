/** What root may do and others may not, one by one: linux/capability.h, without what would undo the confinement of a service. */
export const CAPABILITIES = {
  chown: 0,
  dac_override: 1,
  dac_read_search: 2,
  fowner: 3,
  kill: 5,
  setgid: 6,
  setuid: 7,
  setpcap: 8,
  net_bind_service: 10,
  net_admin: 12,
  net_raw: 13,
  ipc_lock: 14,
  sys_nice: 23,
  sys_resource: 24,
  sys_time: 25,
} as const;

export type CapabilityName = keyof typeof CAPABILITIES;

export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as [CapabilityName, ...CapabilityName[]];
