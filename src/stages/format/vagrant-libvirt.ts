import {rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {filledTemplate} from '../../formats/filled-template.ts';
import {imageFormat} from './image-format.ts';
import {qcow2} from './qcow2.ts';
import {raw} from './raw.ts';
import {writeTarOfFiles} from './tar-of-files.ts';
import {SEED_TOOLS, writeVagrantSeed} from './vagrant-seed.ts';

const GIB = 2 ** 30;

/** A box of vagrant for its provider libvirt: the disk, and a seed with the key that vagrant knows. */
export const vagrantLibvirt = imageFormat('vagrant-libvirt', {
  kind: 'disk',
  files: {box: 'libvirt.box'},
  parts: {qcow2, raw},
  templates: {vagrantfile: 'vagrant-libvirt.rb.hbs'},
  hardware: ['cloud'],
  forLinux: 'its takers log in to a Linux',
  tried: {
    opened: ['vagrant', 'tar', 'ruby', 'qemu-img', 'mdir'],
    notRun: {'vagrant up': 'wants the daemon of libvirt, and KVM'},
  },
  takenBy: 'vagrant with libvirt',
  arches: ['x86_64', 'i386', 'aarch64'],
  revision: 1,
  tools: ['gzip', ...SEED_TOOLS],
  async write({files, parts, options, out, epoch, run}) {
    const [seed, tar] = [join(out, '.seed.img'), join(out, '.box.tar')];
    await writeVagrantSeed(seed, {instanceId: `vagrant-${options.version}`, scratch: out, run});
    const size = Math.ceil((await stat(parts.raw)).size / GIB);
    const contents = [
      {
        name: 'metadata.json',
        text: `${JSON.stringify({provider: 'libvirt', format: 'qcow2', virtual_size: size})}\n`,
      },
      {
        name: 'Vagrantfile',
        text: filledTemplate(options.templates['vagrantfile'] ?? '', {user: options.user}),
      },
      {name: 'seed.img', path: seed},
      {name: 'box.img', path: parts.qcow2},
    ];
    await writeTarOfFiles(tar, contents, epoch);
    // The disk is compressed already.
    await run(['gzip', '-1', '--no-name', '--stdout'], {inputFile: tar, outputFile: files.box});
    await Promise.all([rm(seed), rm(tar)]);
  },
});
