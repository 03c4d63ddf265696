import {SSH_FAMILIES, unknownExposures, unknownListeners} from './exposure.ts';
import type {Seed} from './seed.ts';
import type {SshKey, SshSession} from './ssh.ts';

/** Something that every image promises, and how it is checked in a guest that `testSeed` started. */
export interface GuestPromise {
  readonly promise: string;
  readonly command: string;
  /** What is typed at a terminal, one for each prompt; without it there is no terminal. */
  readonly passwords?: readonly string[];
  /** What the command must print, without white space around it. */
  readonly prints: RegExp;
}

export interface PromiseResult {
  readonly promise: string;
  readonly kept: boolean;
  /** What was found where it was not kept. */
  readonly found: string;
}

const TEST_HOSTNAME = 'leanos-test';
const TEST_INSTANCE = 'i-leanos-test';
/** User-data that leaves a trace, which says how often it has run, and a key. */
const TEST_USER_DATA = `#cloud-config
ssh_authorized_keys: [ssh-ed25519 AAAA cloud-config]
runcmd: ['echo ran >>/var/lib/leanos/test-user-data; echo user-data ran as $(id -un)']
`;

/** What the guest is told whose promises are checked. */
export function testSeed(key: SshKey): Seed {
  return {
    instanceId: TEST_INSTANCE,
    hostname: TEST_HOSTNAME,
    publicKeys: [key.publicKey],
    userData: TEST_USER_DATA,
  };
}

/**
 * At a terminal: the login user has the password `right` for as long as this takes. A wrong one, an empty one and the right one
 * are typed, then none may be, and the right one is typed while it is locked.
 */
const TRY_PASSWORDS = `
me=$(id -un)
become() { sudo sh -c ". /usr/lib/leanos/accounts.sh; $1"; }
try() { found="$found $(doas "$@" -u daemon id -un 2>/dev/null || echo no)"; }
become "cp -p /etc/doas.conf /etc/shadow /run; echo permit $me as daemon >>/etc/doas.conf; set_password $me right"
try; try; try; try -n
become "sed -i 's/^$me:/&!/' /etc/shadow"
try
become 'for f in doas.conf shadow; do cat /run/$f >/etc/$f; rm /run/$f; done'
echo "found:$found"`;

/** What a definition says that its image has beside what every image has. */
export interface Said {
  /** What its services listen on. */
  readonly ports: readonly number[];
  /** Its programs that are setuid or setgid. */
  readonly setuid: readonly string[];
}

/** What is checked over ssh, in this order. */
export function promisesOf({ports, setuid}: Said = {ports: [], setuid: []}): readonly GuestPromise[] {
  return [
    ...PROMISES,
    {
      promise: 'nothing listens but ssh and the ports of services',
      command: unknownListeners(ports),
      prints: /^$/,
    },
    {
      promise: 'what is setuid, writable or secret is as SECURITY.md says',
      command: unknownExposures(setuid),
      prints: /^$/,
    },
  ];
}

const PROMISES: readonly GuestPromise[] = [
  {promise: 'the host name is the seed’s', command: 'hostname', prints: new RegExp(`^${TEST_HOSTNAME}$`)},
  {
    promise: 'user-data runs once',
    command: `n=0; until sudo test -s /var/lib/leanos/test-user-data || [ $n = 60 ]; do n=$((n + 1)); sleep 1; done; sudo cat /var/lib/leanos/test-user-data`,
    prints: /^ran$/,
  },
  {promise: 'the login user may sudo', command: 'sudo -n id -u', prints: /^0$/},
  {
    promise: 'a doas rule without nopass asks for the password, and takes the right one alone',
    command: TRY_PASSWORDS,
    passwords: ['wrong', '', 'right', 'right'],
    prints: /: no no daemon no no$/,
  },
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
    promise: 'an ordinary user is told that updates need root',
    command: '/usr/sbin/leanos-update check 2>&1',
    prints: /^leanos-update: this needs root: sudo leanos-update check$/,
  },
  {promise: 'ssh listens by IPv4 and by IPv6', command: SSH_FAMILIES, prints: /^1 1$/},
  {
    promise: 'the host key is one of Ed25519, and there is no other',
    command: 'sudo ls -A /etc/dropbear',
    prints: /^dropbear_ed25519_host_key$/,
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
  promises: readonly GuestPromise[] = promisesOf(),
): Promise<PromiseResult[]> {
  const results: PromiseResult[] = [];
  for (const {promise, command, passwords, prints} of promises) {
    const {stdout, stderr} = await session.exec(command, passwords && {passwords});
    const kept = prints.test(stdout.trim());
    results.push({promise, kept, found: kept ? '' : `${stdout}${stderr}`.trim()});
  }
  return results;
}
