import {readFileSync, readlinkSync} from 'node:fs';

/**
 * A process as nothing else is called, ever: its number counts from anew at each boot, in each container, and is given out
 * again. `BOOT-NAMESPACE-PID-STARTED`.
 */
export function processIdentity(pid: number = process.pid): string {
  return `${place()}-${pid}-${startedAt(pid) ?? ''}`;
}

/** Whether a process still runs. Of one in another container of the same boot nobody here can tell: it counts as alive. */
export function isAlive(identity: string): boolean {
  const [boot = '', namespace = '', pid = '', started = ''] = identity.split('-');
  const [ownBoot, ownNamespace] = place().split('-');
  if (boot !== ownBoot || !/^\d+$/.test(pid)) return false;
  return namespace !== ownNamespace || startedAt(Number(pid)) === started;
}

/** The boot of the machine (random(4)) and the PID namespace (pid_namespaces(7)). */
function place(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll('-', '').trim();
  return `${boot}-${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
}

/** When a process started, in ticks since the boot: field 22 of proc_pid_stat(5). */
function startedAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
