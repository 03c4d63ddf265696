import {copyFile, link, mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../../core/error.ts';
import {encodeTar} from '../../../formats/tar.ts';
import {runConfined} from '../../../system/namespace.ts';
import type {Run} from '../../../system/run.ts';
import type {ScriptedPackage} from '../scripts/machine.ts';
import {baseTree} from './base-tree.ts';
import {readChange, type SandboxedDeeds} from './changes.ts';
import {insideText} from './inside.ts';
import {commonOf, type Common} from './same-twice.ts';
import {recordOf, stepsOf} from './steps.ts';

/** A package whose archive is on this machine. */
export type ArchivedPackage = ScriptedPackage & {readonly archive: string};

export interface SandboxOptions {
  /** All of a Debian, with the packages whose scripts are watched. */
  readonly packages: readonly ArchivedPackage[];
  readonly watched: ReadonlySet<string>;
  /** A folder that is free for the while, and is removed. */
  readonly scratch: string;
  readonly run: Run;
  readonly progress: (text: string) => void;
}

/**
 * The root of the sandbox is in memory, so that nothing of it is left however it ends. The devices are those that need no card; all
 * mounts are in the namespace, from where nothing leads back to the host's once its root is unmounted.
 */
const ENTER = `scratch=$1
root=$scratch/root
mount -t tmpfs -o mode=755 sandbox "$root"
tar --extract --preserve-permissions --file="$scratch/base.tar" --directory="$root"
mkdir -p "$root/leanos/packages" "$root/leanos/results" "$root/leanos/host" "$root/proc" "$root/dev" "$root/sys"
mount --bind "$scratch/packages" "$root/leanos/packages"
mount --bind "$scratch/results" "$root/leanos/results"
mount -t proc proc "$root/proc"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
chmod 1777 "$root/tmp"
cp "$scratch/inside" "$root/leanos/inside"
cd "$root"
pivot_root . leanos/host
exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC \\
  DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true UCF_FORCE_CONFFOLD=1 /bin/sh -eu /leanos/inside`;

/**
 * Installs packages in a sandbox as Debian does, twice, and gives of each that is watched what its scripts did both times.
 * @throws LeanosError TOOL_MISSING where the host does not run their programs, COMMAND_FAILED where a script fails
 */
export async function runSandbox(options: SandboxOptions): Promise<ReadonlyMap<string, Common>> {
  options.progress('running scripts in a sandbox');
  const one = await runOnce(options);
  options.progress('running scripts in a sandbox once more, to compare');
  const other = await runOnce(options);
  return new Map(
    [...one].flatMap(([name, deeds]): [string, Common][] => {
      const again = other.get(name);
      return again === undefined ? [] : [[name, commonOf(deeds, again)]];
    }),
  );
}

async function runOnce(options: SandboxOptions): Promise<Map<string, SandboxedDeeds>> {
  const {packages, watched, scratch, run} = options;
  const results = join(scratch, 'results');
  for (const name of ['root', 'packages', 'results']) await mkdir(join(scratch, name), {recursive: true});
  try {
    for (const {name, archive} of packages) await place(archive, join(scratch, 'packages', `${name}.deb`));
    await writeFile(join(scratch, 'base.tar'), await encodeTar(baseTree(packages), 0));
    await writeFile(join(scratch, 'inside'), insideText(stepsOf(packages, watched)));
    await confined(run, scratch);
    const deeds = new Map<string, SandboxedDeeds>();
    for (const own of packages.filter(({name}) => watched.has(name)))
      deeds.set(own.name, {
        unpack: await readChange(results, recordOf(own.name, 'unpack'), own),
        configure: await readChange(results, recordOf(own.name, 'configure'), own),
        trigger: await readChange(results, recordOf(own.name, 'trigger'), own),
      });
    return deeds;
  } finally {
    await rm(scratch, {recursive: true, force: true});
  }
}

async function confined(run: Run, scratch: string): Promise<void> {
  try {
    await runConfined(run, {scratch, script: ENTER, args: [scratch]});
  } catch (error) {
    if (!(error instanceof LeanosError) || error.code !== 'COMMAND_FAILED') throw error;
    const {hint} = error;
    if (/Exec format error/.test(error.message))
      throw new LeanosError('TOOL_MISSING', 'this host does not run programs of that architecture', {
        hint: 'sudo apt install qemu-user-static     registers QEMU for them; a build on a host of that architecture needs none',
        cause: error,
      });
    throw new LeanosError(error.code, `scripts failed: ${error.message}`, {hint, cause: error});
  }
}

/** The same file in another place, without its bytes where that can be. */
async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
