import {ARCHITECTURES} from '../../core/architecture.ts';
import {file} from '../../formats/file-tree.ts';
import {imageFormat, type FormatOptions} from './image-format.ts';
import {writePackedTar} from './pack.ts';
import {readRootTree} from './root-tree.ts';

/** The root filesystem and its description, as the templates `local` and `download` of LXC take them. */
export const lxc = imageFormat('lxc', {
  kind: 'container',
  files: {rootfs: 'lxc-rootfs.tar.xz', metadata: 'lxc-meta.tar.xz'},
  streams: {rootfs: {ftypes: ['root.tar.xz']}},
  parts: {archive: 'rootfsArchive'},
  tried: {opened: ['lxc-create', 'lxc-start', 'lxc-attach']},
  takenBy: 'LXC: `lxc-create -n NAME -t local -- --metadata …-lxc-meta.tar.xz --fstree …-lxc-rootfs.tar.xz`',
  revision: 1,
  tools: ['xz'],
  async write({files, parts, options, epoch, run}) {
    await writePackedTar(files.rootfs, await readRootTree(parts.archive), {packer: 'xz', epoch, run});
    await writePackedTar(files.metadata, lxcMetadata(options), {packer: 'xz', epoch, run});
  },
});

/** What lxc-local(1) reads. LXC_NAME and such are put in by it; with a user namespace it takes what ends in -user. */
function lxcMetadata({image, version, arch, user}: FormatOptions) {
  const system = [
    'lxc.include = LXC_TEMPLATE_CONFIG/common.conf',
    `lxc.arch = ${ARCHITECTURES[arch].debian}`,
    // The signal by which BusyBox's init switches off (its init.c).
    'lxc.signal.halt = SIGUSR2',
    'lxc.signal.reboot = SIGTERM',
  ];
  const plain = ['lxc.include = LXC_TEMPLATE_CONFIG/userns.conf', ...system];
  const message = `leanos ${image} ${version}. Instance data goes to /var/lib/cloud/seed/nocloud; log in as ${user} with a key of it.`;
  return new Map([
    ['config', file(lines(system))],
    ['config-user', file(lines(plain))],
    ['create-message', file(lines([message]))],
    ['templates', file('')],
  ]);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
