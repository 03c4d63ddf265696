import {rm, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {filledTemplate} from '../../formats/filled-template.ts';
import {imageFormat} from './image-format.ts';
import {NOT_PACKAGED} from './tried-format.ts';
import {raw} from './raw.ts';
import {writeTarOfFiles} from './tar-of-files.ts';
import {SEED_TOOLS, writeVagrantSeed} from './vagrant-seed.ts';
import {vmdk, writeVmdk} from './vmdk.ts';

/** VirtualBox's names of a Linux, and their numbers in CIM. */
const SYSTEMS = {
  x86_64: {osId: 101, osType: 'Linux_64'},
  i386: {osId: 36, osType: 'Linux'},
} as const;

/** A box of vagrant for VirtualBox: an OVF, the disk, and a seed with the key that vagrant knows. */
export const vagrantVirtualbox = imageFormat('vagrant-virtualbox', {
  kind: 'disk',
  files: {box: 'virtualbox.box'},
  parts: {vmdk, raw},
  templates: {ovf: 'vagrant-virtualbox.ovf.hbs', vagrantfile: 'vagrant-virtualbox.rb.hbs'},
  hardware: ['virtualbox'],
  forLinux: 'its takers log in to a Linux',
  tried: {
    opened: ['vagrant', 'tar', 'ruby', 'xmllint', 'python3', 'qemu-img'],
    notRun: {VirtualBox: NOT_PACKAGED},
  },
  takenBy: 'vagrant with VirtualBox',
  arches: ['x86_64', 'i386'],
  revision: 1,
  tools: ['gzip', 'qemu-img', ...SEED_TOOLS],
  async write({files, parts, options, out, epoch, run}) {
    const [seed, seedDisk, tar] = [join(out, '.seed.img'), join(out, 'seed.vmdk'), join(out, '.box.tar')];
    await writeVagrantSeed(seed, {instanceId: `vagrant-${options.version}`, scratch: out, run});
    await writeVmdk(seedDisk, {raw: seed, seed: `${options.seed} seed`, run});
    const {size: diskBytes} = await stat(parts.raw);
    const ovf = filledTemplate(
      options.templates['ovf'] ?? '',
      {
        ...{
          diskBytes,
          seedBytes: (await stat(seed)).size,
          name: `leanos-${options.version}-${options.image}`,
        },
        ...{diskFileBytes: (await stat(parts.vmdk)).size, seedFileBytes: (await stat(seedDisk)).size},
        ...SYSTEMS[options.arch === 'i386' ? 'i386' : 'x86_64'],
      },
      {escape: true},
    );
    const contents = [
      {name: 'metadata.json', text: `${JSON.stringify({provider: 'virtualbox'})}\n`},
      {
        name: 'Vagrantfile',
        text: filledTemplate(options.templates['vagrantfile'] ?? '', {user: options.user}),
      },
      {name: 'box.ovf', text: ovf},
      {name: 'box.vmdk', path: parts.vmdk},
      {name: basename(seedDisk), path: seedDisk},
    ];
    await writeTarOfFiles(tar, contents, epoch);
    await run(['gzip', '-1', '--no-name', '--stdout'], {inputFile: tar, outputFile: files.box});
    await Promise.all([seed, seedDisk, tar].map((file) => rm(file)));
  },
});
