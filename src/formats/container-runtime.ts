import type {Container} from './container.ts';
import type {FileTree} from './file-tree.ts';

/** What Docker and Podman leave a container of root's capabilities: capabilities(7). */
const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];
/** It may listen on ports below 1024 whoever it runs as. */
const KEPT_BY_ALL = ['CAP_NET_BIND_SERVICE'];
/** What init-scripts/native/refused.h refuses programs, by name. */
const REFUSED = [
  'acct',
  'add_key',
  'bpf',
  'clock_settime',
  'delete_module',
  'finit_module',
  'fsmount',
  'fsopen',
  'init_module',
  'io_uring_setup',
  'ioperm',
  'iopl',
  'kexec_file_load',
  'kexec_load',
  'keyctl',
  'mount',
  'mount_setattr',
  'move_mount',
  'open_by_handle_at',
  'open_tree',
  'perf_event_open',
  'pivot_root',
  'process_vm_readv',
  'process_vm_writev',
  'ptrace',
  'quotactl',
  'reboot',
  'request_key',
  'setns',
  'settimeofday',
  'swapoff',
  'swapon',
  'syslog',
  'umount2',
  'unshare',
  'userfaultfd',
];
const HIDDEN = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/sched_debug',
  '/proc/timer_list',
  '/sys/firmware',
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What is asked of a container beside what its image says. */
export interface ContainerRun {
  /** In place of its command; its entrypoint stays. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of the guest that keeps volumes. */
  readonly volumes: string;
}

/** The configuration of a container, `config.json`, by what its image says. @throws Error where its files do not know its user */
export function runtimeConfig(
  container: Container,
  root: FileTree,
  run: ContainerRun,
): Record<string, unknown> {
  return confinedRuntime({
    user: userOf(container.user, root),
    args: [...container.entrypoint, ...(run.args.length > 0 ? run.args : container.command)],
    env: environmentOf(container.environment, run.environment),
    cwd: container.folder,
    mounts: container.volumes.map((path) => bind(`${run.volumes}${path}`, path, 'rw')),
  });
}

/** The same with words in the places that a guest fills in itself: init-scripts/containers/usr/lib/leanos/container-config.awk. */
export function runtimeTemplate(): string {
  const config = confinedRuntime({
    user: '@user@',
    args: '@args@',
    env: '@env@',
    cwd: '@cwd@',
    mounts: ['@volumes@'],
  });
  return `${JSON.stringify(config)}\n`;
}

/** What an image and its user decide of a container. */
interface RuntimeParts {
  readonly user: unknown;
  readonly args: unknown;
  readonly env: unknown;
  readonly cwd: unknown;
  readonly mounts: readonly unknown[];
}

/** What every container may: runtime-spec 1.0.2. It shares the machine's network and name. */
function confinedRuntime({mounts, ...process}: RuntimeParts): Record<string, unknown> {
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      ...process,
      capabilities: {
        bounding: CAPABILITIES,
        effective: CAPABILITIES,
        permitted: CAPABILITIES,
        inheritable: KEPT_BY_ALL,
        ambient: KEPT_BY_ALL,
      },
      noNewPrivileges: true,
    },
    root: {path: 'root'},
    mounts: [
      ...KERNEL_MOUNTS,
      ...['/etc/resolv.conf', '/etc/hosts'].map((path) => bind(path, path, 'ro')),
      ...mounts,
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'mount'].map((type) => ({type})),
      maskedPaths: HIDDEN,
      readonlyPaths: READ_ONLY,
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{names: REFUSED, action: 'SCMP_ACT_ERRNO'}],
      },
    },
  };
}

const KERNEL_MOUNTS = [
  {destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev']},
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=64k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777'],
  },
  {destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev']},
  {destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro']},
];

function bind(source: string, destination: string, mode: 'ro' | 'rw'): Record<string, unknown> {
  return {destination, type: 'none', source, options: ['rbind', mode, 'nosuid', 'nodev']};
}

/** Variables that are said anew take the place of those of the image. */
function environmentOf(own: readonly string[], more: ContainerRun['environment']): string[] {
  const named = new Map([PATH, ...own].map((line): [string, string] => [line.split('=')[0] ?? line, line]));
  for (const [name, value] of Object.entries(more)) named.set(name, `${name}=${value}`);
  return [...named.values()];
}

/** Whom it runs as, by number: names are those of its own files. @throws Error where they have none */
function userOf(text: string, root: FileTree): {uid: number; gid: number} {
  const [user = '', group] = text.split(':');
  const row = rowOf(root, 'etc/passwd', user, 2);
  const uid = /^\d+$/.test(user) ? Number(user) : Number(row?.[2] ?? (user === '' ? 0 : Number.NaN));
  const gid =
    group === undefined
      ? Number(row?.[3] ?? 0)
      : Number(/^\d+$/.test(group) ? group : rowOf(root, 'etc/group', group, 2)?.[2]);
  if (Number.isNaN(uid) || Number.isNaN(gid))
    throw new Error(`its user is ${text}, whom its files do not know`);
  return {uid, gid};
}

/** The line of a name or of a number. */
function rowOf(root: FileTree, path: string, name: string, number: number): string[] | undefined {
  const found = root.get(path);
  if (found?.type !== 'file') return undefined;
  const rows = found.data
    .toString()
    .split('\n')
    .map((line) => line.split(':'));
  return rows.find((row) => row[0] === name) ?? rows.find((row) => row[number] === name);
}
