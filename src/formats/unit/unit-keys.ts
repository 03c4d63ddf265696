/** Sections of a unit that say nothing of how its program runs: whoever names the unit in a definition wants it started. */
export const PASSED_SECTIONS = ['Unit', 'Install'];

/** Keys of [Service] that a lean guest has no use for, and why. */
export const PASSED_KEYS: Readonly<Record<string, string>> = {
  GuessMainPID: 'the process is known',
  IgnoreSIGPIPE: 'its output is read for as long as it runs',
  NotifyAccess: 'nobody waits to be told that it is ready: health says it',
  OOMPolicy: 'what takes too much memory ends whole',
  PermissionsStartOnly: 'what runs before it says itself as whom',
  RemainAfterExit: 'what has ended well has done its work',
  RuntimeDirectoryPreserve: 'its folders in /run stay until the machine ends',
  SendSIGKILL: 'what does not end is ended',
  StandardError: 'its log has it',
  StandardInput: 'it has none',
  StandardOutput: 'its log has it',
  SuccessExitStatus: 'one that is told to end has ended well',
  SyslogFacility: 'its log has it',
  SyslogIdentifier: 'its log has it',
  SyslogLevel: 'its log has it',
  TimeoutSec: 'how long it has to end is one for all',
  TimeoutStartSec: 'nobody waits for it to start',
  WatchdogSec: 'health says whether it is well',
  CPUWeight: 'a share, not a limit',
  IOSchedulingClass: 'a share, not a limit',
  IOSchedulingPriority: 'a share, not a limit',
  IOWeight: 'a share, not a limit',
  Nice: 'a share, not a limit',
  OOMScoreAdjust: 'a share, not a limit',
};

/**
 * Keys of [Service] that take something away from a program. One that is confined as leanos does it (ProtectSystem=strict, or
 * `confined: true`) has it taken away; one that is open runs as well without that, and its row says that they are left out.
 */
export const HARDENING_KEYS = [
  'DeviceAllow',
  'DevicePolicy',
  'ExecPaths',
  'InaccessiblePaths',
  'IPAccounting',
  'IPAddressAllow',
  'IPAddressDeny',
  'KeyringMode',
  'LockPersonality',
  'MemoryDenyWriteExecute',
  'NoExecPaths',
  'PrivateDevices',
  'PrivateIPC',
  'PrivateMounts',
  'PrivateNetwork',
  'PrivateTmp',
  'PrivateUsers',
  'ProcSubset',
  'ProtectClock',
  'ProtectControlGroups',
  'ProtectHome',
  'ProtectHostname',
  'ProtectKernelLogs',
  'ProtectKernelModules',
  'ProtectKernelTunables',
  'ProtectProc',
  'ReadOnlyPaths',
  'RemoveIPC',
  'RestrictAddressFamilies',
  'RestrictNamespaces',
  'RestrictRealtime',
  'RestrictSUIDSGID',
  'SecureBits',
  'SystemCallArchitectures',
  'SystemCallErrorNumber',
  'SystemCallFilter',
];

/** Letters of the shell's ulimit by keys of [Service], and how many bytes its number counts in; 1 for what is no size. */
export const LIMIT_KEYS: Readonly<Record<string, {letter: string; unit: number}>> = {
  LimitAS: {letter: 'v', unit: 1024},
  LimitCORE: {letter: 'c', unit: 512},
  LimitCPU: {letter: 't', unit: 1},
  LimitDATA: {letter: 'd', unit: 1024},
  LimitFSIZE: {letter: 'f', unit: 512},
  LimitMEMLOCK: {letter: 'l', unit: 1024},
  LimitNOFILE: {letter: 'n', unit: 1},
  LimitNPROC: {letter: 'u', unit: 1},
  LimitRTPRIO: {letter: 'r', unit: 1},
  LimitSTACK: {letter: 's', unit: 1024},
};

/** Folders that are made for it: where, whether they are its own, and the variable that says so to it (systemd.exec(5)). */
export const FOLDER_KEYS: Readonly<Record<string, {root: string; owned: boolean; variable: string}>> = {
  RuntimeDirectory: {root: '/run', owned: true, variable: 'RUNTIME_DIRECTORY'},
  StateDirectory: {root: '/var/lib', owned: true, variable: 'STATE_DIRECTORY'},
  CacheDirectory: {root: '/var/cache', owned: true, variable: 'CACHE_DIRECTORY'},
  LogsDirectory: {root: '/var/log', owned: true, variable: 'LOGS_DIRECTORY'},
  ConfigurationDirectory: {root: '/etc', owned: false, variable: 'CONFIGURATION_DIRECTORY'},
};
