import {cpSync, writeFileSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {DEBIAN, peerTool, TRIXIE_KEYS} from './peer.ts';

/** What mkosi needs to make a disk that boots under UEFI; it comes from Debian itself. */
const TOOLS = [
  'mkosi',
  'systemd-repart',
  'systemd-ukify',
  'systemd-boot',
  'dosfstools',
  'mtools',
  'e2fsprogs',
];
const NEEDED = ['bubblewrap', 'ca-certificates', 'cpio', 'kmod', 'udev', 'uidmap', 'zstd'];

/** What its users write for a disk with systemd and OpenSSH. `LocalMirror`: without the archive of debug symbols. */
const CONFIGURATION = `[Distribution]
Distribution=debian
Release=trixie
LocalMirror=${DEBIAN}
[Output]
Format=disk
[Content]
Bootable=yes
KernelCommandLine=console=ttyS0 systemd.firstboot=off
Packages=systemd,systemd-sysv,systemd-boot,udev,openssh-server,linux-image-cloud-amd64
`;

/**
 * The disk that Debian's mkosi makes, with systemd and OpenSSH, and with the key of root: its path. mkosi runs in a Debian of its own,
 * whatever this machine is; that needs root.
 * @throws LeanosError TOOL_MISSING, COMMAND_FAILED
 */
export async function writeMkosiDisk(folder: string, key: string): Promise<string> {
  const tools = join(folder, 'tools');
  const include = `--include=${[...TOOLS, ...NEEDED].join(',')}`;
  const source = `deb [signed-by=${TRIXIE_KEYS}] ${DEBIAN} trixie main`;
  peerTool('mmdebstrap', '--quiet', '--variant=apt', include, 'trixie', tools, source);
  cpSync('/etc/resolv.conf', join(tools, 'etc/resolv.conf'), {dereference: true});
  const work = join(tools, 'work');
  const network = join(work, 'mkosi.extra/etc/systemd/network');
  await mkdir(network, {recursive: true});
  await mkdir(join(work, 'mkosi.extra/root/.ssh'), {recursive: true, mode: 0o700});
  await writeFile(join(work, 'mkosi.conf'), CONFIGURATION);
  writeFileSync(join(network, 'any.network'), '[Match]\nType=ether\n[Network]\nDHCP=yes\n');
  writeFileSync(join(work, 'mkosi.extra/root/.ssh/authorized_keys'), `${key}\n`, {mode: 0o600});
  // It makes mounts of its own, so that its root has to be one.
  const script = `mount --bind "$1" "$1"; mount --rbind /dev "$1/dev"; mount -t proc proc "$1/proc"; mount -t tmpfs run "$1/run"
exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 sh -c 'cd /work && mkosi --force build' >&2`;
  peerTool('unshare', '--mount', '--pid', '--fork', 'sh', '-euc', script, '-', tools);
  return join(work, 'image.raw');
}
