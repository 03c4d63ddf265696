import type {SshSession} from './ssh.ts';

/** Something that every image promises, and how it is checked in a guest that `TEST_SEED` started. */
export interface GuestPromise {
  readonly promise: string;
  readonly command: string;
  /** What the command must print, without white space around it. */
  readonly prints: RegExp;
}

export interface PromiseResult {
  readonly promise: string;
  readonly kept: boolean;
  /** What was found where it was not kept. */
  readonly found: string;
}

export const TEST_HOSTNAME = 'leanos-test';
export const TEST_INSTANCE = 'i-leanos-test';
/** User-data that leaves a trace: how often it has run. */
export const TEST_USER_DATA =
  '#!/bin/sh\necho ran >>/var/lib/leanos/test-user-data\necho user-data ran as $(id -un)\n';

/** What is checked over ssh, in this order. */
export const PROMISES: readonly GuestPromise[] = [
  {promise: 'the host name is the seed’s', command: 'hostname', prints: new RegExp(`^${TEST_HOSTNAME}$`)},
  {promise: 'user-data runs once', command: 'sudo cat /var/lib/leanos/test-user-data', prints: /^ran$/},
  {promise: 'the login user may sudo', command: 'sudo -n id -u', prints: /^0$/},
  {promise: 'root is locked', command: 'sudo cut -c1-6 /etc/shadow | head -n 1', prints: /^root:[*!]/},
  {
    promise: 'the home of the login user is closed to others',
    command: 'stat -c "%a %u" ~ ~/.ssh | tr "\\n" " "; id -u',
    prints: /^750 (\d+) 700 \1 \1$/,
  },
  {promise: '/usr is read-only', command: 'sudo touch /usr/x 2>&1 || true', prints: /Read-only file system/},
  {
    promise: 'changes of /etc are kept beside the defaults',
    command: 'grep -c " /etc overlay .*upperdir=.*/var/lib/leanos/etc/upper" /proc/mounts',
    prints: /^1$/,
  },
  {
    promise: 'instance data is for root alone',
    command: 'cat /run/leanos/datasource/data/instance-id 2>/dev/null; sudo leanos-query get instance-id',
    prints: new RegExp(`^${TEST_INSTANCE}$`),
  },
  {
    promise: 'nothing listens but ssh',
    command: "netstat -ltn | awk 'NR > 2 { print $4 }' | sort -u | tr '\\n' ' '",
    prints: /^0\.0\.0\.0:22 :::22$/,
  },
  {
    promise: 'the first host key is Ed25519',
    command: 'sudo ls /etc/dropbear',
    prints: /dropbear_ed25519_host_key/,
  },
  {
    promise: 'a console waits for a login',
    command: 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "[g]etty"',
    prints: /^[1-9]/,
  },
  {
    promise: 'time and random numbers are there',
    command: 'sudo cat /proc/sys/kernel/random/entropy_avail',
    prints: /^[1-9]/,
  },
];

/** Checks promises over a login, one after the other. */
export async function checkPromises(
  session: SshSession,
  promises: readonly GuestPromise[] = PROMISES,
): Promise<PromiseResult[]> {
  const results: PromiseResult[] = [];
  for (const {promise, command, prints} of promises) {
    const {stdout, stderr} = await session.exec(command);
    const kept = prints.test(stdout.trim());
    results.push({promise, kept, found: kept ? '' : `${stdout}${stderr}`.trim()});
  }
  return results;
}
