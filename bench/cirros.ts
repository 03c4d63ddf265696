import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import ssh2 from 'ssh2';
import {LeanosError} from '../src/core/error.ts';
import {encodeCpio} from '../src/formats/cpio.ts';
import {mergeTrees} from '../src/formats/file-tree.ts';
import {readTree} from '../src/stages/read-tree.ts';
import {run} from '../src/system/run.ts';
import {writeFatSeed} from '../src/vm/seed.ts';
import type {ReadyGuest} from '../src/cli/guest.ts';

/** With it CirrOS stays in RAM, the shortest of its ways: it looks for no disk and copies nothing to one. */
export const CIRROS_WORDS = 'rdroot';

/**
 * CirrOS around the kernel of an image of the Debian base: an initramfs of its root filesystem (`rootfs` is the tarball of
 * its containers, `cirros-VERSION-x86_64-lxc.tar.gz` of its releases) and of the kernel's modules. Not compressed, which is
 * quicker to boot than its own.
 */
export async function writeCirros(guest: ReadyGuest, rootfs: string): Promise<string> {
  const {plan, store} = guest.built.prepared;
  const kernel = plan.steps.find(({stage}) => stage.name === 'debian-kernel');
  if (kernel === undefined) throw new LeanosError('USAGE', '--cirros: the image has no kernel of Debian');
  const folder = store.path(kernel);
  const boot = await readTree(folder, 'boot-modules.tar');
  // Its modules.dep says where the others lie: below boot/, which is a link to where the initramfs hands them over.
  const later = [...(await readTree(folder, 'usr-modules.tar'))].filter(([, {type}]) => type !== 'symlink');
  const moved = new Map(
    [...boot].map(([path, entry]) => [path.replace(/\/kernel\//, '/boot/kernel/'), entry]),
  );
  const own = join(guest.folder, 'cirros.cpio');
  // bsdtar keeps device nodes and owners without being root.
  await run(['bsdtar', '-c', '-f', own, '--format=newc', `@${rootfs}`]).catch((error: unknown) => {
    throw new LeanosError('TOOL_MISSING', `${rootfs} was not read by bsdtar`, {
      hint: 'apt-get install libarchive-tools',
      cause: error,
    });
  });
  const system = await readFile(own);
  const initramfs = join(guest.folder, 'cirros-initramfs');
  const padding = Buffer.alloc(-system.length & 3);
  await writeFile(
    initramfs,
    Buffer.concat([system, padding, encodeCpio(mergeTrees(moved, new Map(later)), plan.epoch)]),
  );
  return initramfs;
}

/** A NoCloud seed as CirrOS takes it (the label in small letters, keys by name), and the login that it permits. */
export async function writeCirrosSeed(
  guest: ReadyGuest,
): Promise<{readonly seed: string; readonly user: string; readonly privateKey: string}> {
  const key = ssh2.utils.generateKeyPairSync('ecdsa', {bits: 256}); // its Dropbear knows no Ed25519 keys
  const metaData = {'instance-id': 'i-bench', 'local-hostname': 'bench', 'public-keys': {bench: key.public}};
  const files = {'meta-data': JSON.stringify(metaData), 'user-data': ''};
  const seed = await writeFatSeed(join(guest.folder, 'cirros-seed'), {label: 'cidata', files}, guest.run);
  return {seed, user: 'cirros', privateKey: key.private};
}
