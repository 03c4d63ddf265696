import {LeanosError} from '../../../core/error.ts';
import {directory, file, symlink, type Entry, type FileTree} from '../../../formats/file-tree.ts';
import {runConfined} from '../../../system/namespace.ts';
import type {Run} from '../../../system/run.ts';
import type {Emulator} from './emulator.ts';

/** Devices that need no card. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'];
/** Where leanos has what a sandbox is led by, what it installs, what it found, and the host's programs that close it. */
const OWN_FOLDERS = ['packages', 'results', 'host', 'programs'];
/** How long scripts may take: an emulated Debian with all of its scripts needs less. */
const LONGEST_MS = 2 * 3600 * 1000;

/**
 * A tree with what leanos itself lays into a sandbox, in place of whatever packages have there: who mounts there, or writes there
 * before the sandbox is closed, is led nowhere else by their links.
 */
export function withFloor(tree: FileTree, text: string): FileTree {
  const floor: [string, Entry][] = [
    ...['dev', 'proc', 'sys', 'leanos'].map((path): [string, Entry] => [path, directory()]),
    ['tmp', directory(0o1777)],
    ...DEVICES.map((name): [string, Entry] => [`dev/${name}`, file('')]),
    ['dev/fd', symlink('/proc/self/fd')],
    ...OWN_FOLDERS.map((name): [string, Entry] => [`leanos/${name}`, directory()]),
    ['leanos/inside', file(text)],
  ];
  const theirs = [...tree].filter(([path]) => !/^(dev|proc|sys|tmp|leanos)(\/|$)/.test(path));
  return new Map([...theirs, ...floor]);
}

/**
 * The root of the sandbox is in memory, so that nothing of it is left however it ends. Who builds as root is root inside too, and
 * root owns the kernel's settings and the host's devices: these are read-only, and what could mount them anew is given up
 * (capabilities(7), CAP_SYS_ADMIN) and cannot be had again (namespaces(7), max_user_namespaces). No program of a package runs
 * before the host's files are gone: what closes the sandbox are the host's programs, with their own loader and libraries.
 *
 * A user namespace has formats of programs of its own (binfmt_misc, Linux 6.7): none, whatever the host has, or the emulator's. They
 * last while they are mounted, and lie below /proc, where nobody reaches them who cannot unmount it.
 */
const ENTER = `scratch=$1
emulator=$2
registration=$3
root=$scratch/root
programs=$root/leanos/programs
place() {
  mount --bind "$1" "$2"
  mount -o "remount,bind,nosuid,noexec,$3" "$2"
}
mount -t tmpfs -o mode=755 sandbox "$root"
tar --extract --preserve-permissions --file="$scratch/base.tar" --directory="$root"
place "$scratch/packages" "$root/leanos/packages" nodev,ro
place "$scratch/results" "$root/leanos/results" nodev
for device in ${DEVICES.join(' ')}; do place "/dev/$device" "$root/dev/$device" ro; done
if mount -t binfmt_misc binfmt_misc "$root/proc" 2>/dev/null && [ -n "$emulator" ]; then
  cp "$emulator" "$programs/emulator"
  cd "$programs"
  echo "$registration" >"$root/proc/register"
  rm emulator
fi
mount -t proc proc "$root/proc"
echo 0 >"$root/proc/sys/user/max_user_namespaces"
mount -o remount,ro "$root/proc"
for program in umount setpriv; do
  file=$(command -v "$program")
  cp "$file" "$programs/$program"
  ldd "$file" | sed -n 's/^[^/]*\\(\\/[^ ]*\\) (.*/\\1/p' | while read -r library; do cp "$library" "$programs"; done
done
loader=$(ldd "$file" | sed -n 's/^[[:space:]]*\\(\\/[^ ]*\\) (.*/\\1/p')
loader=/leanos/programs/\${loader##*/}
cd "$root"
pivot_root . leanos/host
cd /
"$loader" --library-path /leanos/programs /leanos/programs/umount --lazy /leanos/host
exec "$loader" --library-path /leanos/programs /leanos/programs/setpriv --bounding-set -sys_admin \\
  /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC \\
  DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true UCF_FORCE_CONFFOLD=1 /bin/sh -eu /leanos/inside`;

/**
 * Runs what a folder has: `base.tar`, which is the root and has the text to run, `packages`, and `results`, which alone can be
 * written to. Gives whether the kernel runs its programs: where it does not, nothing has happened.
 * @throws LeanosError COMMAND_FAILED where the text does, or takes hours
 */
export async function enterSandbox(
  run: Run,
  scratch: string,
  {
    emulator,
    longestMs = LONGEST_MS,
  }: {readonly emulator?: Emulator | undefined; readonly longestMs?: number} = {},
): Promise<boolean> {
  const args = [scratch, emulator?.program ?? '', emulator?.registration ?? ''];
  try {
    await runConfined(run, {scratch, script: ENTER, args, timeoutMs: longestMs});
    return true;
  } catch (error) {
    if (!(error instanceof LeanosError) || error.code !== 'COMMAND_FAILED') throw error;
    if (/^\s*setpriv: .*: Exec format error$/m.test(error.message)) return false;
    const {hint} = error;
    throw new LeanosError(error.code, `scripts failed: ${error.message}`, {hint, cause: error});
  }
}
