import {execFileSync, spawnSync} from 'node:child_process';
import {closeSync, copyFileSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Where programs are that are not in everybody's PATH. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

function tool(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {encoding: 'utf8', env: {...process.env, PATH}, stdio: 'pipe'});
}

/** What the real one knows of an image. It ends with 2 where that is nothing. */
function blkid(image: string): string {
  return spawnSync('blkid', ['-p', '-o', 'export', image], {encoding: 'utf8', env: {...process.env, PATH}})
    .stdout;
}

function sparse(image: string, bytes: number): void {
  closeSync(openSync(image, 'w'));
  truncateSync(image, bytes);
}

/** Writes bytes into the middle of an image. */
function patch(image: string, offset: number, bytes: Buffer | string): void {
  const file = openSync(image, 'r+');
  writeSync(file, Buffer.from(bytes), 0, undefined, offset);
  closeSync(file);
}

const fat = (image: string, bytes: number, ...args: string[]): void => {
  sparse(image, bytes);
  tool('mkfs.vfat', ...args, image);
};
/** Files whose names fill more than a cluster of a folder. */
const longNames = (tree: string): string[] =>
  Array.from({length: 12}, (_, index) => join(tree, `a file with a name that is long, ${index}`));
const PVD_LABEL = 16 * 2048 + 40;

/** Ways to make a filesystem with a label: real programs, and what others leave that do not run here. */
const MAKERS: Readonly<Record<string, (image: string, label: string, tree: string) => void>> = {
  'mkfs.vfat, FAT12': (image, label) => fat(image, MIB, '-F', '12', '-n', label),
  'mkfs.vfat, FAT16': (image, label) => fat(image, 20 * MIB, '-F', '16', '-n', label),
  'mkfs.vfat, FAT32': (image, label) => fat(image, 40 * MIB, '-F', '32', '-s', '1', '-n', label),
  'mkfs.vfat, sectors of 4096 bytes': (image, label) => fat(image, 20 * MIB, '-S', '4096', '-n', label),
  mformat: (image, label) => {
    sparse(image, 1440 * KIB);
    tool('mformat', '-f', '1440', '-v', label, '-i', image, '::');
  },
  'mlabel, after other files': (image, label, tree) => {
    fat(image, MIB);
    tool('mcopy', '-i', image, join(tree, 'meta-data'), '::a long name before it');
    tool('mlabel', '-i', image, `::${label}`);
  },
  'Windows, FAT16: a label in the root directory alone': (image, label) => {
    fat(image, 20 * MIB, '-F', '16', '-n', label);
    patch(image, 43, 'NO NAME    ');
  },
  'Windows, FAT32, after a cluster of other files': (image, label, tree) => {
    fat(image, 40 * MIB, '-F', '32', '-s', '1');
    tool('mcopy', '-i', image, ...longNames(tree), '::');
    tool('mlabel', '-i', image, `::${label}`);
    patch(image, 71, 'NO NAME    ');
  },
  'an old DOS: nothing in the boot sector': (image, label) => {
    fat(image, MIB, '-F', '12', '-n', label);
    patch(image, 38, Buffer.alloc(24));
  },
  genisoimage: (image, label, tree) => void tool('genisoimage', '-quiet', '-V', label, '-o', image, tree),
  'genisoimage, Joliet and Rock Ridge': (image, label, tree) =>
    void tool('genisoimage', '-quiet', '-J', '-r', '-V', label, '-o', image, tree),
  'genisoimage, UDF': (image, label, tree) =>
    void tool('genisoimage', '-quiet', '-udf', '-V', label, '-o', image, tree),
  xorriso: (image, label, tree) =>
    void tool('xorriso', '-as', 'mkisofs', '-quiet', '-J', '-r', '-V', label, '-o', image, tree),
  'a label in Joliet alone': (image, label, tree) => {
    tool('genisoimage', '-quiet', '-J', '-V', label, '-o', image, tree);
    patch(image, PVD_LABEL, 'CDROM'.padEnd(32));
  },
  'zeros for the name of the system': (image, label, tree) => {
    tool('genisoimage', '-quiet', '-V', label, '-o', image, tree);
    patch(image, PVD_LABEL - 32, Buffer.alloc(32));
  },
  'mkudffs, blocks of 512 bytes': (image, label) => {
    sparse(image, 2 * MIB);
    tool('mkudffs', '-b', '512', '-l', label, image);
  },
  'mkudffs, blocks of 2048 bytes': (image, label) => {
    sparse(image, 4 * MIB);
    tool('mkudffs', '-b', '2048', '-l', label, image);
  },
  'mke2fs, ext2': (image, label) => {
    sparse(image, MIB);
    tool('mke2fs', '-q', '-t', 'ext2', '-L', label, image);
  },
  'mke2fs, ext4': (image, label) => {
    sparse(image, 4 * MIB);
    tool('mke2fs', '-q', '-t', 'ext4', '-L', label, image);
  },
};
const LABELS = ['cidata', 'CIDATA', 'CiData', 'config-2', 'CONFIG-2', 'cidata2'];
/** Those of discs that clouds attach, by the seed that label.sh calls each. */
const OF_DISCS: Readonly<Record<string, string>> = {
  CONTEXT: 'context',
  METADATA: 'metadata',
  'OVF ENV': 'ovf-env',
  'rd_rdfe_stable.161212-1209': 'rd_rdfe',
};

/** Filesystems that mention a seed's label where it is none. */
const OTHERS: Readonly<Record<string, (image: string, tree: string) => void>> = {
  'a FAT without a label, with a folder of that name': (image) => {
    fat(image, MIB);
    tool('mmd', '-i', image, '::cidata');
  },
  'an ISO 9660 by an application of that name': (image, tree) =>
    void tool('genisoimage', '-quiet', '-V', 'x', '-A', 'cidata', '-p', 'config-2', '-o', image, tree),
  'an NTFS': (image) => {
    sparse(image, MIB);
    patch(image, 0, Buffer.concat([Buffer.from([0xeb, 0x52, 0x90]), Buffer.from('NTFS    cidata')]));
  },
  'an ext4 of another name': (image) => {
    sparse(image, 4 * MIB);
    tool('mke2fs', '-q', '-t', 'ext4', '-L', 'data', image);
  },
  'a FAT whose label was taken away': (image) => {
    fat(image, MIB, '-n', 'CIDATA');
    tool('mlabel', '-c', '-i', image, '::');
    patch(image, 43, 'NO NAME    ');
  },
};

describe('labels of seeds', () => {
  let machine: FakeMachine;
  /** What our reader says of each image. */
  let said: Map<string, string>;
  const images: {readonly name: string; readonly path: string}[] = [];

  beforeAll(async () => {
    machine = await fakeMachine();
    const tree = join(machine.root, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'meta-data'), 'instance-id: i-1\n');
    for (const name of longNames(tree)) writeFileSync(name, 'x');
    const make = (name: string, maker: (image: string) => void): void => {
      const path = join(machine.root, `dev/${images.length}`);
      maker(path);
      images.push({name, path});
    };
    for (const [name, maker] of Object.entries(MAKERS)) {
      for (const label of LABELS) make(`${name}: ${label}`, (image) => maker(image, label, tree));
    }
    for (const [name, maker] of Object.entries(OTHERS)) make(name, (image) => maker(image, tree));
    const {stdout} = machine.ash(
      `set -u; . "$ROOT/usr/lib/leanos/label.sh"
      n=0; while [ "$n" -lt ${images.length} ]; do
        if read_label "$ROOT/dev/$n"; then echo "$seed"; else echo; fi
        n=$((n + 1))
      done`,
    );
    const lines = stdout.split('\n');
    said = new Map(images.map(({name}, index) => [name, lines[index] ?? '']));
  });

  test('are what blkid finds, in any case', () => {
    const known = images.map(({name, path}) => {
      const found = /^LABEL(?:_FATBOOT)?=(cidata|config-2)$/im.exec(blkid(path));
      return [name, found?.[1]?.toLowerCase() ?? ''];
    });
    expect([...said]).toEqual(known);
  });

  test('every maker’s are found', () => {
    const lost = [...said].filter(([name, seed]) => seed === '' && /: (cidata|config-2)$/i.test(name));
    expect(lost).toEqual([]);
  });

  test.each(Object.entries(OF_DISCS))('%s is that of a disc', async (label, seed) => {
    const discs = await fakeMachine();
    const tree = join(discs.root, 'tree');
    mkdirSync(tree);
    mkdirSync(join(discs.root, 'dev'), {recursive: true});
    const image = join(discs.root, 'dev/disc');
    const found: string[] = [];
    for (const [name, maker] of Object.entries(MAKERS)) {
      if (!/^(genisoimage|xorriso|mkudffs)/.test(name)) continue;
      maker(image, label, tree);
      found.push(
        discs.ash('. "$ROOT/usr/lib/leanos/label.sh"; read_label "$ROOT/dev/disc"; echo $seed').stdout,
      );
    }
    expect(found).toEqual(found.map(() => `${seed}\n`));
    expect(found).toHaveLength(6);
  });

  test.each([
    ['zeros', Buffer.alloc(64 * KIB)],
    ['junk', Buffer.from(Array.from({length: 64 * KIB}, (_, index) => (index * 197) % 256))],
    ['a jump to nowhere', Buffer.concat([Buffer.from([0xeb]), Buffer.alloc(64 * KIB, 0xff)])],
    ['a FAT32 whose root has no end', endlessFat()],
    ['a FAT32 that ends before its table does', endlessFat().subarray(0, 32 * 512)],
    ['a UDF that ends in its anchor', udfCutOff()],
    ['a file that is too short', Buffer.from('x')],
  ])('of %s are none', (_, content) => {
    machine.write('dev/disk', content);
    const started = Date.now();
    const {stdout, stderr} = machine.ash(
      'set -u; . "$ROOT/usr/lib/leanos/label.sh"; read_label "$ROOT/dev/disk" || echo none',
    );
    expect({stdout, stderr}).toEqual({stdout: 'none\n', stderr: ''});
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test('most disks are told from seeds by two programs, and a seed by one', () => {
    const count = (path: string): string =>
      machine.ash(
        `. "$ROOT/usr/lib/leanos/label.sh"
        dd() { echo >>"$ROOT/started"; command dd "$@"; }
        hexdump() { echo >>"$ROOT/started"; command hexdump "$@"; }
        rm -f "$ROOT/started"; read_label "${path}"; wc -l <"$ROOT/started"`,
      ).stdout;
    const imageOf = (name: string): string => images.find((image) => image.name === name)?.path ?? '';
    machine.write('dev/disk', Buffer.alloc(64 * KIB));
    expect({
      empty: count(join(machine.root, 'dev/disk')),
      data: count(imageOf('an ext4 of another name')),
      fat: count(imageOf('mkfs.vfat, FAT12: CIDATA')),
      iso: count(imageOf('genisoimage, Joliet and Rock Ridge: cidata')),
    }).toEqual({empty: '2\n', data: '2\n', fat: '1\n', iso: '2\n'});
  });
});

/** A FAT32 whose root directory's chain leads back to its first cluster. */
function endlessFat(): Buffer {
  const disk = Buffer.alloc(256 * KIB, 0);
  disk.write('\u00eb\u0058\u0090mkfs.fat', 0, 'latin1');
  disk.writeUInt16LE(512, 11);
  disk.writeUInt8(1, 13);
  disk.writeUInt16LE(32, 14);
  disk.writeUInt8(1, 16);
  disk.writeUInt8(0xf8, 21);
  disk.writeUInt32LE(8, 36);
  disk.writeUInt32LE(2, 44);
  disk.write('FAT32   ', 82);
  disk.writeUInt32LE(2, 32 * 512 + 8);
  disk.fill('x', (32 + 8) * 512, (32 + 9) * 512);
  return disk;
}

describe('the disk that the system was booted from', () => {
  const SEEDS = '. "$ROOT/usr/lib/leanos/label.sh"; find_label cidata; echo $labelled';
  /** A machine that was booted from vda, with disks of these partitions: DISK/PARTITION=NAME. */
  async function machineWith(...partitions: string[]): Promise<FakeMachine> {
    const machine = await fakeMachine();
    for (const row of partitions) {
      const [disk = '', part = ''] = row.replace(/=.*/, '').split('/');
      for (const path of [`sys/block/${disk}`, `sys/class/block/${disk}`]) {
        machine.write(`${path}/${part}/partition`, '1\n');
      }
      machine.write(`sys/class/block/${part}/partition`, '1\n');
      machine.write(`dev/${disk}`, Buffer.alloc(64 * KIB));
      fat(join(machine.root, `dev/${part}`), MIB, '-n', 'CIDATA');
    }
    machine.write(
      'run/leanos/partitions',
      `${partitions.map((row) => row.replace(/.*\//, '')).join('\n')}\n`,
    );
    machine.write('run/leanos/root', '/dev/vda5\n');
    return machine;
  }

  test('has no seeds on the system’s partitions', async () => {
    const machine = await machineWith('vda/vda2=ESP', 'vda/vda5=STATE');
    expect(machine.ash(SEEDS).stdout).toBe('\n');
  });

  test('may have one on a partition of another name', async () => {
    const machine = await machineWith('vda/vda5=STATE', 'vda/vda6=seed');
    expect(machine.ash(SEEDS).stdout).toBe('vda6/vfat\n');
  });

  test('is not another whose partitions have the system’s names: neither that nor its seed is hidden', async () => {
    const machine = await machineWith('sda/sda1=STATE', 'vda/vda5=STATE', 'vdb/vdb1=ESP');
    copyFileSync(join(machine.root, 'dev/sda1'), join(machine.root, 'dev/sda'));
    expect(machine.ash(SEEDS).stdout).toBe('sda/vfat sda1/vfat vdb1/vfat\n');
  });
});

/** A UDF whose anchor is the last that there is of it, and only its beginning. */
function udfCutOff(): Buffer {
  const disk = Buffer.alloc(256 * 512 + 4);
  disk.write('\0NSR02', 34_816);
  disk[256 * 512] = 2;
  return disk;
}
