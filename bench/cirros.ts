import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import ssh2 from 'ssh2';
import type {ReadyImage} from '../src/build/ready-image.ts';
import {LeanosError} from '../src/core/error.ts';
import {encodeCpio} from '../src/formats/cpio.ts';
import {partition, diskLayout, SECTOR_BYTES} from '../src/formats/disk-layout.ts';
import {mergeTrees, type FileTree} from '../src/formats/file-tree.ts';
import {slotConfig} from '../src/stages/boot/esp.ts';
import {readTree} from '../src/stages/read-tree.ts';
import {run} from '../src/system/run.ts';
import {writeFatSeed} from '../src/vm/seed.ts';

/** CirrOS around the kernel of an image. */
export interface Cirros {
  readonly initramfs: string;
  /** Raw; boots by itself, and is where an initramfs that is started directly finds its root. */
  readonly disk: string;
}

/**
 * CirrOS around the kernel of an image of the Debian base. `rootfs` is the tarball of its root filesystem, as its releases
 * have it for containers (`cirros-VERSION-x86_64-lxc.tar.xz`). Gives an initramfs of it with the kernel's modules, as CirrOS
 * boots from, and the image's own disk with CirrOS in the place of the initramfs and of STATE. Root only, for owners
 * and device nodes.
 */
export async function writeCirros(guest: ReadyImage, rootfs: string): Promise<Cirros> {
  const modules = await modulesOf(guest);
  const initramfs = await writeInitramfs(guest, rootfs, modules);
  const tree = join(guest.folder, 'cirros');
  await mkdir(tree);
  await bsdtar('-x', '-p', '-f', rootfs, '-C', tree);
  for (const [path, entry] of modules) {
    if (entry.type !== 'file') continue;
    await mkdir(dirname(join(tree, path)), {recursive: true});
    await writeFile(join(tree, path), entry.data);
  }
  const disk = await writeDisk(guest, {initramfs, tree});
  await rm(tree, {recursive: true});
  return {initramfs, disk};
}

/** All modules that the image has, where the modules.dep of its /usr says that they lie. */
async function modulesOf({built: {prepared}}: ReadyImage): Promise<FileTree> {
  const kernel = prepared.plan.steps.find(({stage}) => stage.name === 'debian-kernel');
  if (kernel === undefined)
    throw new LeanosError('USAGE', '--image: it has no kernel of Debian, whose modules CirrOS needs');
  const folder = prepared.store.path(kernel);
  const boot = [...(await readTree(folder, 'boot-modules.tar'))];
  // Its folder boot/ is a link to where the initramfs hands the others over.
  const later = [...(await readTree(folder, 'usr-modules.tar'))].filter(([, {type}]) => type !== 'symlink');
  const moved = boot.map(([path, entry]) => [path.replace('/kernel/', '/boot/kernel/'), entry] as const);
  return mergeTrees(new Map(moved), new Map(later));
}

async function writeInitramfs(guest: ReadyImage, rootfs: string, modules: FileTree): Promise<string> {
  const own = join(guest.folder, 'cirros.cpio');
  await bsdtar('-c', '-f', own, '--format=newc', `@${rootfs}`); // keeps device nodes and owners
  const system = await readFile(own);
  const padding = Buffer.alloc(-system.length & 3);
  await writeFile(own, Buffer.concat([system, padding, encodeCpio(modules, 0)]));
  const initramfs = join(guest.folder, 'cirros-initramfs');
  await guest.run(['gzip', '-9', '--stdout'], {inputFile: own, outputFile: initramfs}); // as bin/bundle of CirrOS does
  return initramfs;
}

async function writeDisk(
  {folder, image, built, run: tools}: ReadyImage,
  {initramfs, tree}: {readonly initramfs: string; readonly tree: string},
): Promise<string> {
  const {request} = built.prepared;
  const layout = diskLayout(request.image.disk, {arch: request.arch.name, seed: ''});
  const raw = join(folder, 'cirros.raw');
  await tools(['qemu-img', 'convert', '-O', 'raw', image.disk.path, raw]);
  const config = join(folder, 'cirros-slot.cfg');
  await writeFile(config, slotConfig(image.commandLine)); // root=LABEL=cirros-rootfs is what it looks for
  const esp = `${raw}@@${partition(layout, 'ESP').startLba * SECTOR_BYTES}`;
  await tools(['mcopy', '-o', '-i', esp, initramfs, '::/A/initramfs']);
  await tools(['mcopy', '-o', '-i', esp, config, '::/A/slot.cfg']);
  const {startLba, sectors} = partition(layout, 'STATE');
  const place = `offset=${startLba * SECTOR_BYTES}`;
  const kib = `${(sectors * SECTOR_BYTES) / 1024}k`;
  await run(['mke2fs', '-q', '-F', '-t', 'ext3', '-L', 'cirros-rootfs', '-d', tree, '-E', place, raw, kib]);
  return raw;
}

async function bsdtar(...args: readonly string[]): Promise<void> {
  await run(['bsdtar', ...args]).catch((error: unknown) => {
    throw new LeanosError('TOOL_MISSING', 'bsdtar did not read the root filesystem of CirrOS', {
      hint: 'apt-get install libarchive-tools',
      cause: error,
    });
  });
}

/** A NoCloud seed as CirrOS takes it (the label in small letters, keys by name), and the login that it permits. */
export async function writeCirrosSeed(
  guest: ReadyImage,
): Promise<{readonly seed: string; readonly user: string; readonly privateKey: string}> {
  const key = ssh2.utils.generateKeyPairSync('ecdsa', {bits: 256}); // its Dropbear knows no Ed25519 keys
  const metaData = {'instance-id': 'i-bench', 'local-hostname': 'bench', 'public-keys': {bench: key.public}};
  const files = {'meta-data': JSON.stringify(metaData), 'user-data': ''};
  const seed = await writeFatSeed(join(guest.folder, 'cirros-seed'), {label: 'cidata', files}, guest.run);
  return {seed, user: 'cirros', privateKey: key.private};
}
