import {execFileSync} from 'node:child_process';
import {readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {inspectFile, type Inspected} from '../../src/build/inspect-file.ts';
import {temporary} from '../support/temporary.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

function fileOf(bytes: Buffer, name = 'hostile'): string {
  const file = join(temporary(), name);
  writeFileSync(file, bytes);
  return file;
}

/** A disk whose table names partitions as they are given. */
function diskOf(
  partitions: readonly {name: string; first: bigint; last: bigint; data?: Buffer}[],
  {entries = 128, bytes = 4 * MIB} = {},
): Buffer {
  const disk = Buffer.alloc(bytes);
  disk.write('EFI PART', SECTOR, 'latin1');
  disk.writeBigUInt64LE(2n, SECTOR + 72);
  disk.writeUInt32LE(entries, SECTOR + 80);
  disk.writeUInt32LE(128, SECTOR + 84);
  for (const [index, {name, first, last, data}] of partitions.entries()) {
    const at = 2 * SECTOR + index * 128;
    disk.fill(1, at, at + 32);
    disk.writeBigUInt64LE(first, at + 32);
    disk.writeBigUInt64LE(last, at + 40);
    disk.write(name, at + 56, 72, 'utf16le');
    data?.copy(disk, Number(first) * SECTOR);
  }
  return disk;
}

/** A disk that looks like one of leanos, with these bytes in its system partition and its state. */
function leanosDisk({
  esp = Buffer.alloc(0),
  state = Buffer.alloc(0),
}: {
  esp?: Buffer;
  state?: Buffer;
}): Buffer {
  return diskOf([
    {name: 'ESP', first: 128n, last: 2175n, data: esp},
    {name: 'USR-A', first: 2176n, last: 2177n},
    {name: 'STATE', first: 2304n, last: 6399n, data: state},
  ]);
}

/** A superblock of ext4 whose root folder is said to have so many bytes. */
function ext4({blockBits = 0, perGroup = 16, rootBytes = 1024, nested = false}): Buffer {
  const state = Buffer.alloc(64 * 1024);
  state.writeUInt16LE(0xef53, 1024 + 0x38);
  state.writeUInt32LE(blockBits, 1024 + 0x18);
  state.writeUInt32LE(1, 1024 + 0x14);
  state.writeUInt32LE(perGroup, 1024 + 0x28);
  state.writeUInt16LE(256, 1024 + 0x58);
  state.writeUInt32LE(4, 2048 + 8);
  const root = state.subarray(4096 + 256);
  root.writeUInt16LE(0o040755, 0);
  root.writeUInt32LE(rootBytes % 2 ** 32, 4);
  root.writeUInt32LE(Math.floor(rootBytes / 2 ** 32), 0x6c);
  root.writeUInt32LE(0x80000, 0x20);
  // An index of extents whose only block is itself such an index, and so on.
  const index = Buffer.alloc(24);
  index.writeUInt16LE(0xf30a, 0);
  index.writeUInt16LE(1, 2);
  index.writeUInt16LE(nested ? 4 : 0, 6);
  index.writeUInt32LE(8, 12 + (nested ? 4 : 8));
  if (!nested) index.writeUInt16LE(1, 12 + 4);
  index.copy(root, 0x28);
  index.copy(state, 8 * 1024);
  return state;
}

/** A FAT16 with clusters of the most bytes, whose chain goes through all of its table. */
function fat16(): Buffer {
  const esp = Buffer.alloc(MIB);
  esp.writeUInt16LE(65535, 11);
  esp.writeUInt8(255, 13);
  esp.writeUInt16LE(1, 14);
  esp.writeUInt16LE(16, 17);
  esp.write('A          ', 65535, 'latin1');
  esp.writeUInt8(0x10, 65535 + 11);
  esp.writeUInt16LE(2, 65535 + 26);
  return esp;
}

const HEADS: readonly [string, number, string][] = [
  ['qcow2', 0, 'QFI\xfb'],
  ['squashfs', 0, 'hsqs'],
  ['GPT', SECTOR, 'EFI PART'],
  ['kernel', 0x202, 'HdrS'],
  ['erofs', 1024, '\xe2\xe1\xf5\xe0'],
  ['ISO 9660', 32769, 'CD001'],
  ['vmdk', 0, 'KDMV'],
  ['vhdx', 0, 'vhdxfile'],
  ['tar', 257, 'ustar'],
];

test.each(HEADS)(
  '%s that ends behind its magic number is explained as far as it goes',
  async (_, at, magic) => {
    for (const more of [0, 7, 80]) {
      const bytes = Buffer.alloc(at + magic.length + more);
      bytes.write(magic, at, 'latin1');
      await expect(inspectFile(fileOf(bytes))).resolves.toMatchObject({bytes: bytes.length});
    }
  },
);

test.each<[string, Buffer]>([
  ['with more partitions than can be', diskOf([], {entries: 0xffffffff})],
  ['whose partition ends before it begins', diskOf([{name: 'x', first: 100n, last: 2n}])],
  ['whose partition is behind all disks', diskOf([{name: 'x', first: 2n ** 63n, last: 2n ** 64n - 1n}])],
  ['with blocks of ext4 without end', leanosDisk({state: ext4({blockBits: 31})})],
  ['with no inodes in a group', leanosDisk({state: ext4({perGroup: 0})})],
  ['with a folder of ext4 of 2^52 bytes', leanosDisk({state: ext4({rootBytes: 2 ** 52})})],
  ['with a folder of ext4 of 3 GiB', leanosDisk({state: ext4({rootBytes: 3 * 2 ** 30})})],
  ['with extents of ext4 in each other', leanosDisk({state: ext4({nested: true})})],
  ['with clusters of FAT larger than it', leanosDisk({esp: fat16()})],
])(
  'a disk %s is a disk that is not read further',
  async (_, disk) => {
    const before = process.memoryUsage().arrayBuffers;
    const {kind, facts} = await inspectFile(fileOf(disk));
    expect(kind).toBe('raw disk with GPT');
    expect(facts['not read'] ?? '').not.toMatch(/undefined/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * MIB);
  },
  20_000,
);

/** Whether somebody was asked for the rest of a disk, and what was found. */
async function askedElsewhere(disk: (address: string) => string): Promise<{asked: number; found: Inspected}> {
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const {port} = server.address() as {port: number};
  const found = await inspectFile(disk(`nbd://127.0.0.1:${port}`));
  return {asked, found};
}

test('no other file or machine is asked that a disk names', async () => {
  const backing = (address: string): string => {
    const file = join(temporary(), 'backed');
    const base = [...['-b', address], ...['-F', 'raw', '-u']];
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...base, file, '4M'], {stdio: 'pipe'});
    return file;
  };
  expect(await askedElsewhere(backing)).toMatchObject({
    asked: 0,
    found: {kind: 'qcow2 disk', facts: {'not read': 'a part of it is in a backing file'}},
  });
  const described = (address: string): string => {
    const head = Buffer.alloc(64 * 1024);
    head.write('KDMV', 0, 'latin1');
    head.writeUInt32LE(1, 4);
    head.writeBigUInt64LE(1n, 28);
    head.writeBigUInt64LE(20n, 36);
    const extent = `RW 8192 FLAT "${address}" 0`;
    head.write(
      `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n${extent}\n`,
      512,
    );
    return fileOf(head);
  };
  expect(await askedElsewhere(described)).toMatchObject({
    asked: 0,
    found: {facts: {'not read': 'a part of it is in the files of its description'}},
  });
});

test('data of a qcow2 in another file is not opened', async () => {
  const folder = temporary();
  const [data, file] = [join(folder, 'data'), join(folder, 'disk')];
  const options = ['-o', `data_file=${data},data_file_raw=on`];
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, file, '4M'], {stdio: 'pipe'});
  writeFileSync(data, diskOf([{name: 'secret', first: 100n, last: 200n}]));
  truncateSync(data, 4 * MIB);
  const {facts} = await inspectFile(file);
  expect(JSON.stringify(facts)).not.toContain('secret');
});

test('a file whose name looks like another machine is a file', async () => {
  const folder = temporary();
  writeFileSync(join(folder, 'x'), 'x');
  execFileSync('tar', ['-cf', 'a.tar', 'x'], {cwd: folder});
  writeFileSync(join(folder, 'host:a.tar'), readFileSync(join(folder, 'a.tar')));
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect((await inspectFile('host:a.tar')).facts).toMatchObject({contents: ['x']});
  } finally {
    process.chdir(before);
  }
});
