import {execFileSync} from 'node:child_process';
import {
  closeSync,
  createReadStream,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {beforeAll, describe, expect, test} from 'vitest';
import {inspectFile} from '../../src/build/inspect-file.ts';
import {FORMAT_NAMES, imageFormatOf, type FormatName} from '../../src/stages/format/image-formats.ts';
import {artifactFolder, buildWith} from '../support/built-image.ts';
import {opener, opens} from '../support/opened.ts';
import {ovfComplaints} from '../support/ovf.ts';
import {temporary} from '../support/temporary.ts';

const GIB = 2 ** 30;
const DISKS = FORMAT_NAMES.filter((name) => imageFormatOf(name).kind === 'disk');
const built = buildWith(['--format', DISKS.join(','), '--out', temporary()]);
const file = (format: string): string => {
  const found = built.artifacts.find((artifact) => artifact.kind === 'disk' && artifact.format === format);
  if (found === undefined) throw new Error(`no ${format} was made`);
  return found.path;
};
const run = (program: string, ...args: string[]): string => opener(program, args);
let rawDigest = '';

async function digest(path: string, range?: {start: number; end: number}): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, range), hash);
  return hash.digest('hex');
}

function unpackedBy(program: string): (format: FormatName) => Promise<void> {
  return async (format) => {
    const disk = join(temporary(), 'disk.raw');
    opener(program, ['-dc'], {stdio: [openSync(file(format), 'r'), openSync(disk, 'w'), 'pipe']});
    expect(await digest(disk)).toBe(rawDigest);
  };
}

/** By QEMU, which finds nothing wrong with it, and the same on it as on the raw disk. */
function sameInQemu(driver: string, path: string): void {
  expect(run('qemu-img', 'compare', '-f', 'raw', '-F', driver, file('raw'), path)).toMatch(/identical/);
}

function readBytes(path: string, at: number, bytes: number): Buffer {
  const data = Buffer.alloc(bytes);
  const descriptor = openSync(path, 'r');
  readSync(descriptor, data, 0, bytes, at);
  closeSync(descriptor);
  return data;
}

function unpacked(format: FormatName): string {
  const folder = temporary();
  run('tar', '-xf', file(format), '-C', folder);
  return folder;
}

const READERS: Partial<Record<FormatName, (format: FormatName) => void | Promise<void>>> = {
  qcow2: () => {
    expect(run('qemu-img', 'check', file('qcow2'))).toMatch(/No errors/);
    const check = JSON.parse(run('qemu-img', 'check', '--output=json', file('qcow2'))) as {
      'compressed-clusters': number;
    };
    expect(check['compressed-clusters']).toBeGreaterThan(0);
    const info = JSON.parse(run('qemu-img', 'info', '--output=json', file('qcow2'))) as object;
    expect(info).toMatchObject({format: 'qcow2', 'format-specific': {data: {compat: '1.1'}}});
    expect(info).not.toHaveProperty('backing-filename');
    sameInQemu('qcow2', file('qcow2'));
  },
  raw: () => {
    expect(run('sgdisk', '--verify', file('raw'))).toMatch(/^\s*No problems found\./);
    const {blocks, size} = statSync(file('raw'));
    expect(blocks * 512).toBeLessThan(size / 2); // holes are holes where it was delivered
  },
  'raw.gz': unpackedBy('gzip'),
  'raw.zst': unpackedBy('zstd'),
  'raw.xz': unpackedBy('xz'),
  vmdk: () => {
    expect(run('qemu-img', 'check', file('vmdk'))).toMatch(/No errors/);
    expect(run('qemu-img', 'info', file('vmdk'))).toMatch(/create type: streamOptimized/);
    sameInQemu('vmdk', file('vmdk'));
  },
  ova: () => {
    const folder = unpacked('ova');
    const names = run('tar', '-tf', file('ova')).trim().split('\n');
    expect(names.map((name) => name.replace(/^.*\./, ''))).toEqual(['ovf', 'mf', 'vmdk']);
    const [ovf = '', manifest = '', disk = ''] = names.map((name) => join(folder, name));
    const digests = [...readFileSync(manifest, 'utf8').matchAll(/^SHA256\((.+)\)= ([0-9a-f]{64})$/gm)];
    const sums = digests.map(([, name = '', sha = '']) => `${sha}  ${name}\n`).join('');
    opener('sha256sum', ['--check', '--strict'], {cwd: folder, input: sums});
    expect(digests.length).toBe(2);
    const said = (path: string) => run('xmllint', '--xpath', path, ovf).trim();
    const attribute = (element: string, name: string) =>
      said(`string(//*[local-name()="${element}"]/@*[local-name()="${name}"])`);
    expect(attribute('File', 'href')).toBe(names[2]);
    expect(Number(attribute('File', 'size'))).toBe(statSync(disk).size);
    expect(Number(attribute('Disk', 'capacity'))).toBe(statSync(file('raw')).size);
    expect(ovfComplaints(ovf)).toEqual([]);
    sameInQemu('vmdk', disk);
  },
  vhd: () => {
    // The footer, field by field: Microsoft's "Virtual Hard Disk Image Format Specification" 1.0.
    const {size} = statSync(file('vhd'));
    const footer = readBytes(file('vhd'), size - 512, 512);
    expect(footer.toString('latin1', 0, 8)).toBe('conectix');
    const bytes = Number(footer.readBigUInt64BE(48));
    expect([bytes, Number(footer.readBigUInt64BE(40)), bytes % 2 ** 20]).toEqual([size - 512, bytes, 0]);
    expect(footer.readUInt32BE(60)).toBe(2);
    const all = Array.from(footer).reduce((sum, byte) => sum + byte, 0);
    const own = Array.from(footer.subarray(64, 68)).reduce((sum, byte) => sum + byte, 0);
    expect(footer.readUInt32BE(64)).toBe(0xffff_ffff - (all - own));
    sameInQemu('vpc', file('vhd'));
  },
  vhdx: () => {
    expect(run('qemu-img', 'check', file('vhdx'))).toMatch(/No errors/);
    sameInQemu('vhdx', file('vhdx'));
  },
  gce: async () => {
    expect(run('tar', '-tzf', file('gce'))).toBe('disk.raw\n');
    // GNU's format, which the cloud asks for: its magic, and a sparse file (tar's src/tar.h, OLDGNU_MAGIC and GNUTYPE_SPARSE).
    const header = join(temporary(), 'header');
    opener('gzip', ['-dc'], {stdio: [openSync(file('gce'), 'r'), openSync(header, 'w'), 'pipe']});
    const [magic, type] = [readBytes(header, 257, 8), readBytes(header, 156, 1)];
    expect([magic.toString('latin1'), type.toString('latin1')]).toEqual(['ustar  \0', 'S']);
    const disk = join(unpacked('gce'), 'disk.raw');
    const {size, blocks} = statSync(disk);
    expect([size % GIB, blocks * 512 < GIB / 4]).toEqual([0, true]);
    expect(run('sgdisk', '--verify', disk)).toMatch(/^\s*No problems found\./);
    const content = {start: startOf('ESP'), end: statSync(file('raw')).size - 2 ** 20 - 1};
    expect(await digest(disk, content)).toBe(await digest(file('raw'), content));
  },
  ec2: async () => {
    expect(await digest(file('ec2'))).toBe(rawDigest);
    sameInQemu('raw', file('ec2'));
    const modules = (archive: string) =>
      execFileSync('tar', ['-tf', join(artifactFolder('debian-kernel', built), archive)], {encoding: 'utf8'});
    expect(modules('boot-modules.tar')).toMatch(/\/nvme\.ko$/m);
    expect(modules('usr-modules.tar')).toMatch(/\/ena\.ko$/m);
  },
  wic: async () => {
    const card = join(temporary(), 'card');
    const {size} = statSync(file('raw'));
    writeFileSync(card, Buffer.alloc(size, 0xff)); // what was on it before
    run('bmaptool', 'copy', '--bmap', file('wic.bmap'), file('wic'), card);
    const usr = statSync(join(artifactFolder('usr-verity', built), 'usr.img')).size;
    for (const range of [
      {start: 0, end: startOf('USR-A') + usr - 1},
      {start: startOf('STATE'), end: size - 1},
    ])
      expect(await digest(card, range)).toBe(await digest(file('raw'), range));
  },
  'vagrant-libvirt': (format) => {
    addedBox(format, 'libvirt');
    const folder = unpacked(format);
    run('ruby', '-c', join(folder, 'Vagrantfile'));
    sameInQemu('qcow2', join(folder, 'box.img'));
    expect(run('mdir', '-b', '-i', join(folder, 'seed.img'))).toMatch(/meta-data/);
  },
  'vagrant-virtualbox': (format) => {
    addedBox(format, 'virtualbox');
    const folder = unpacked(format);
    run('ruby', '-c', join(folder, 'Vagrantfile'));
    run('xmllint', '--noout', join(folder, 'box.ovf'));
    expect(ovfComplaints(join(folder, 'box.ovf'))).toEqual([]);
    sameInQemu('vmdk', join(folder, 'box.vmdk'));
  },
};

/** By vagrant, which looks into it, and keeps it below a home of its own. */
function addedBox(format: FormatName, provider: string): void {
  const home = temporary();
  const vagrant = (...args: string[]): string =>
    opener('vagrant', args, {cwd: home, env: {VAGRANT_HOME: home, HOME: home}});
  vagrant('box', 'add', '--name', 'leanos', '--provider', provider, file(format));
  expect(vagrant('box', 'list')).toContain(`leanos (${provider}, 0)`);
}

/** Where a partition starts on the raw disk, as sfdisk reads it. Bytes. */
function startOf(label: string): number {
  const {partitiontable} = JSON.parse(run('sfdisk', '--json', file('raw'))) as {
    partitiontable: {partitions: {name: string; start: number}[]};
  };
  const found = partitiontable.partitions.find(({name}) => name === label);
  if (found === undefined) throw new Error(`no partition ${label}`);
  return found.start * 512;
}

beforeAll(async () => {
  rawDigest = await digest(file('raw'));
});

test('every format of disks has somebody who opens it', () => {
  expect(Object.keys(READERS).sort()).toEqual([...DISKS].sort());
});

describe('is opened by the programs that docs/formats.md names:', () => {
  test.each(DISKS)('%s', async (format) => {
    await opens(format, () => READERS[format]?.(format));
  });
});

describe('leanos inspect explains', () => {
  const PARTITIONS = [
    'BIOS-BOOT 1 MiB',
    expect.stringMatching(/^ESP \d+ MiB vfat$/),
    expect.stringMatching(/^USR-A \d+ MiB squashfs$/),
    expect.stringMatching(/^USR-B \d+ MiB$/),
    expect.stringMatching(/^STATE \d+ MiB ext4$/),
  ];

  test.each([...['qcow2', 'raw', 'vmdk', 'vhd', 'vhdx'].map((format) => [format, format]), ['ec2', 'raw']])(
    'a disk in the format %s',
    async (format = '', found = '') => {
      const {kind, facts} = await inspectFile(file(format));
      expect(kind).toMatch(new RegExp(`^${found} disk`));
      expect(facts).toMatchObject({
        'virtual bytes': statSync(file('raw')).size,
        partitions: PARTITIONS,
        channel: 'alpha',
        'verity A': readVerity().rootHash,
        'version A': built.version,
        'packages A': expect.arrayContaining([expect.stringMatching(/^dropbear-bin \S+$/)]) as string[],
      });
    },
  );

  test.each([
    ['raw.gz', 'raw disk with GPT, compressed by gzip'],
    ['raw.zst', 'raw disk with GPT, compressed by zstd'],
    ['raw.xz', 'raw disk with GPT, compressed by xz'],
    ['wic', 'raw disk with GPT, compressed by gzip'],
    ['ova', 'OVA: an appliance', /\.ovf,.*\.mf,.*\.vmdk$/],
    ['gce', 'image for Google Compute Engine, compressed by gzip', /^disk\.raw$/],
    ['vagrant-libvirt', 'Vagrant box for libvirt, compressed by gzip', /box\.img$/],
    ['vagrant-virtualbox', 'Vagrant box for VirtualBox, compressed by gzip', /box\.vmdk/],
  ])('%s, and the disk in it', async (format, kind, contents = /^undefined$/) => {
    const found = await inspectFile(file(format));
    expect(found.kind).toBe(kind);
    expect(String(found.facts['contents'])).toMatch(contents);
    expect(found.facts).toMatchObject({partitions: PARTITIONS, channel: 'alpha', 'version A': built.version});
  });

  test('the map beside a disk', async () => {
    expect(await inspectFile(file('wic.bmap'))).toMatchObject({
      ...{kind: "map of a disk's blocks (bmap)", facts: {'virtual bytes': statSync(file('raw')).size}},
    });
  });

  test('a disk that others made, as far as it goes', async () => {
    const foreign = join(temporary(), 'foreign.vhd');
    run('qemu-img', 'create', '-f', 'vpc', foreign, '3M');
    expect(await inspectFile(foreign)).toMatchObject({kind: 'vhd disk', facts: {}});
    const cut = join(temporary(), 'cut.vmdk');
    writeFileSync(cut, readFileSync(file('vmdk')).subarray(0, 600));
    expect(await inspectFile(cut)).toMatchObject({
      kind: 'vmdk disk',
      facts: {'not read': expect.any(String) as string},
    });
  });
});

function readVerity(): {rootHash: string} {
  const path = join(artifactFolder('usr-verity', built), 'verity.json');
  return JSON.parse(readFileSync(path, 'utf8')) as {rootHash: string};
}
