import {execFileSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../src/core/error.ts';
import type {BootableImage, BootOptions} from '../src/vm/boot-image.ts';
import {context} from './lab.ts';

const KERNEL = 'linux-image-cloud-amd64';
const BARE = ['busybox-static', 'dropbear-bin'];
/** What Debian starts a service with. */
const SYSTEMD = ['systemd-sysv'];
const MIRROR = 'http://deb.debian.org';
/** The archive that peers are made from, and the file with its keys. */
export const DEBIAN = `${MIRROR}/debian`;
export const TRIXIE_KEYS = join(context.workspace.home.path, 'keyrings/debian-archive-trixie.asc');
const LABEL = 'peer';
/** A tool that waits for a mirror, or for nobody, is given up. */
const TOOL_MS = 600_000;

/**
 * A minimal Debian with the same BusyBox, Dropbear and kernel, on a disk: what one would do without leanos. Gives its root
 * filesystem, a folder, and its disk, raw. With `key` it starts a network and Dropbear at boot, and lets that key in as root.
 * @throws LeanosError TOOL_MISSING
 */
export async function writePeer(folder: string, key?: string): Promise<Peer> {
  return writeDebian(folder, BARE, (root) => (key === undefined ? undefined : letIn(root, key)));
}

/** The folder of a root filesystem, and a raw disk that it is on. */
interface Peer {
  readonly root: string;
  readonly disk: string;
}

/**
 * A minimal Debian with systemd, whose network is asked for by DHCP, and these packages; the services of packages start there by themselves.
 * @throws LeanosError TOOL_MISSING
 */
export async function writeServingPeer(folder: string, packages: readonly string[]): Promise<Peer> {
  return writeDebian(folder, [...SYSTEMD, ...packages], async (root) => {
    await writeFile(
      join(root, 'etc/systemd/network/any.network'),
      '[Match]\nType=ether\n[Network]\nDHCP=yes\n',
    );
    const wanted = join(root, 'etc/systemd/system/multi-user.target.wants');
    await symlink(
      '/usr/lib/systemd/system/systemd-networkd.service',
      join(wanted, 'systemd-networkd.service'),
    );
  });
}

async function writeDebian(
  folder: string,
  packages: readonly string[],
  prepare: (root: string) => Promise<void> | undefined,
): Promise<Peer> {
  const [root, disk] = [join(folder, 'root'), join(folder, 'disk.raw')];
  const sources = [`${DEBIAN} trixie`, `${MIRROR}/debian-security trixie-security`].map(
    (place) => `deb [signed-by=${TRIXIE_KEYS}] ${place} main`,
  );
  const include = `--include=${[...packages, KERNEL].join(',')}`;
  peerTool('mmdebstrap', '--quiet', '--variant=minbase', include, 'trixie', root, ...sources);
  await prepare(root);
  peerTool('mke2fs', '-q', '-t', 'ext4', '-L', LABEL, '-d', root, disk, '1G');
  return {root, disk};
}

/** Runs a program that the peer is made with, for ten minutes at most. @throws LeanosError TOOL_MISSING, COMMAND_FAILED */
export function peerTool(program: string, ...args: readonly string[]): void {
  const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
  try {
    execFileSync(program, args, {stdio: ['ignore', 'ignore', 'inherit'], env, timeout: TOOL_MS});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ETIMEDOUT')
      throw new LeanosError('COMMAND_FAILED', `${program} did not end within ${TOOL_MS / 60_000} minutes`, {
        cause: error,
      });
    throw new LeanosError('TOOL_MISSING', `${program} did not run`, {
      hint: 'apt-get install mmdebstrap e2fsprogs qemu-utils',
      cause: error,
    });
  }
}

/** How a peer, whose root filesystem this is, starts directly: with the initramfs that its own tools made. */
export function bootablePeer(
  image: BootableImage,
  root: string,
  init = '/etc/start',
): {readonly image: BootableImage; readonly boot: Partial<BootOptions>} {
  const [initramfs, kernel] = [bootFile(root, 'initrd.img-'), bootFile(root, 'vmlinuz-')];
  return {
    image: {...image, kernel, initramfs},
    boot: {kernelWords: `root=LABEL=${LABEL} rw init=${init}`},
  };
}

function bootFile(root: string, prefix: string): string {
  const boot = join(root, 'boot');
  return join(boot, readdirSync(boot).find((name) => name.startsWith(prefix)) ?? prefix);
}

const START = `#!/bin/sh
# The initramfs has mounted what is not on the disk, and has loaded the drivers.
mkdir -p /dev/pts /etc/dropbear
mount -t devpts devpts /dev/pts
for card in /sys/class/net/e*; do
	busybox ip link set "\${card##*/}" up
	busybox udhcpc -b -i "\${card##*/}" -s /etc/lease
done
exec dropbear -R -F
`;
const LEASE = `#!/bin/sh
[ "$1" != bound ] || busybox ifconfig "$interface" "$ip" netmask "$subnet"
`;

async function letIn(root: string, key: string): Promise<void> {
  const programs = {'etc/start': START, 'etc/lease': LEASE};
  for (const [path, text] of Object.entries(programs)) await writeFile(join(root, path), text, {mode: 0o755});
  await mkdir(join(root, 'root/.ssh'), {recursive: true, mode: 0o700});
  await writeFile(join(root, 'root/.ssh/authorized_keys'), `${key}\n`, {mode: 0o600});
  await chmod(join(root, 'root'), 0o700);
}
