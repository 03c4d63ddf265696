import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import type {Run} from './run.ts';

/** What is done in namespaces of its own. */
export interface Confined {
  /** A folder that is there for the while, and whose path is plain. */
  readonly scratch: string;
  /** Shell text that the host's sh runs, as root of the namespaces. */
  readonly script: string;
  /** Its `$1` and so on. */
  readonly args: readonly string[];
  /** How long it may take. */
  readonly timeoutMs?: number;
}

/** How many accounts there are inside: as many as Debian has numbers for (Debian Policy, "UID and GID classes"). */
const ACCOUNTS = 65536;

/**
 * Makes a user namespace and gives it its accounts (user_namespaces(7)): root's own numbers to root, else those that subuid(5) and
 * subgid(5) give to who builds. What is started then has all capabilities in it, and its own network without a card, mounts,
 * processes, IPC and name. All of it ends with this shell. `$1` is the file of WITHIN.
 */
const ENTER = `set -eu
uid=$(id -u)
first() {
  awk -F: -v name="$(id -un)" -v uid="$uid" '($1 == name || $1 == uid) && $3 >= ${ACCOUNTS - 1} {print $2; exit}' "$1"
}
unshare --user true
unshare --user sh "$1" $$ "$@" &
pid=$!
trap 'kill -9 $pid 2>/dev/null || :' EXIT
trap 'exit 1' TERM INT
own=$(readlink /proc/self/ns/user)
while [ "$(readlink "/proc/$pid/ns/user" || echo "$own")" = "$own" ]; do
  kill -0 $pid 2>/dev/null || exit 1 # it has said why it ended
  sleep 0.05
done
if [ "$uid" = 0 ]; then
  echo "0 0 ${ACCOUNTS}" >"/proc/$pid/uid_map"
  echo "0 0 ${ACCOUNTS}" >"/proc/$pid/gid_map"
else
  firstUid=$(first /etc/subuid) firstGid=$(first /etc/subgid)
  if [ -z "$firstUid" ] || [ -z "$firstGid" ]; then
    echo "subuid(5) and subgid(5) give it no ${ACCOUNTS - 1} accounts" >&2
    exit 1
  fi
  newuidmap "$pid" 0 "$uid" 1 1 "$firstUid" ${ACCOUNTS - 1}
  newgidmap "$pid" 0 "$(id -g)" 1 1 "$firstGid" ${ACCOUNTS - 1}
fi
wait $pid
`;

/**
 * Waits in the user namespace for its accounts, and makes the others. `$1` is the process of the shell that made it. Who gets
 * capabilities is no longer killed with its parent (PR_SET_PDEATHSIG(2const)): that is asked for once they are there, and a parent that
 * has ended before that is another one by then.
 */
const WITHIN = `set -eu
parent=$1
shift 2
until read -r _ </proc/self/gid_map; do
  kill -0 "$parent" 2>/dev/null || exit 1
  sleep 0.05
done
exec setpriv --pdeathsig KILL sh -c '[ "$PPID" = "$0" ] || exit 1
exec unshare --net --mount --pid --ipc --uts --fork --kill-child "$@"' "$parent" "$@"
`;

/**
 * Runs shell text as root of namespaces of its own, where nothing reaches the network or the host's mounts.
 * @throws LeanosError COMMAND_FAILED as the text does
 */
export async function runConfined(run: Run, {scratch, script, args, timeoutMs}: Confined): Promise<string> {
  const [confine, within, confined] = [
    join(scratch, 'confine'),
    join(scratch, 'within'),
    join(scratch, 'confined'),
  ];
  await writeFile(confine, ENTER);
  await writeFile(within, WITHIN);
  await writeFile(confined, `set -eu\n${script}\n`);
  const command = ['sh', confine, within, 'sh', confined, ...args] as const;
  // Killed with leanos, however leanos ends.
  return run(['setpriv', '--pdeathsig', 'KILL', ...command], timeoutMs === undefined ? {} : {timeoutMs});
}

/** What keeps a host from having user namespaces, as its kernel says, and the command that changes it. */
const REFUSALS: readonly {
  readonly file: string;
  readonly value: string;
  readonly setting: string;
  /** Whether root is refused too. */
  readonly ofRoot: boolean;
}[] = [
  {
    file: '/proc/sys/user/max_user_namespaces',
    value: '0',
    setting: 'user.max_user_namespaces=15000',
    ofRoot: true,
  },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    value: '0',
    setting: 'kernel.unprivileged_userns_clone=1',
    ofRoot: false,
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    value: '1',
    setting: 'kernel.apparmor_restrict_unprivileged_userns=0',
    ofRoot: false,
  },
];

/** What a host says whose setpriv, unshare or mount is BusyBox's, or not there. */
const NOT_ITS_OWN = /unrecognized option|not found|(?:can't|cannot) (?:open|execute)/;
const UTIL_LINUX =
  "the host's package util-linux     brings setpriv, unshare and mount; BusyBox's have not all that is needed";

/** What a command complained of: its last line, or the one before the usage that BusyBox adds; not where its log is. */
function complaint(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const own = lines.filter((line) => line !== '' && !line.startsWith('full log: '));
  return own.find((line) => NOT_ITS_OWN.test(line)) ?? own.at(-1) ?? '';
}

/**
 * Sees to it that this host lets who builds have namespaces, by making some.
 * @throws LeanosError TOOL_MISSING with what would help
 */
export async function mustHaveNamespaces(run: Run, scratch: string): Promise<void> {
  try {
    await runConfined(run, {scratch, script: 'mount -t proc proc /proc', args: []});
  } catch (error) {
    if (!(error instanceof LeanosError) || error.code === 'INTERRUPTED') throw error;
    const said = complaint(error.message);
    const user = await run(['id', '-un']).catch(() => run(['id', '-u'])); // an account may have no name
    throw new LeanosError('TOOL_MISSING', `this host gives ${user} no namespaces: ${said}`, {
      hint: NOT_ITS_OWN.test(said) ? UTIL_LINUX : (await whatHelps(run, user)).join('\n  '),
      cause: error,
    });
  }
}

async function whatHelps(run: Run, user: string): Promise<string[]> {
  const isRoot = (await run(['id', '-u'])) === '0';
  const text = (file: string): Promise<string> => run(['cat', file]).catch(() => '');
  const found: string[] = [];
  for (const {file, value, setting, ofRoot} of REFUSALS)
    if ((ofRoot || !isRoot) && (await text(file)).trim() === value)
      found.push(`sudo sysctl ${setting}     lets accounts have namespaces`);
  if (!isRoot && !new RegExp(`^${user}:`, 'm').test(await text('/etc/subuid')))
    found.push(
      `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}     gives it accounts for them`,
    );
  if (found.length > 0) return found;
  return isRoot
    ? ['docker run --privileged     lets a container have namespaces; a virtual machine has them']
    : ['sudo apt install uidmap util-linux     brings newuidmap and unshare, which root does without'];
}
