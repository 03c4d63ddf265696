/** Beginnings of disks with a label, as small as label.sh looks at them. */
const SECTOR = 512;

function fat(type: 'FAT12   ' | 'FAT32   ', label: string): Buffer {
  const image = Buffer.alloc(16 * SECTOR);
  const is32 = type === 'FAT32   ';
  image.set([0xeb, 0x3c, 0x90]);
  image.writeUInt16LE(SECTOR, 11);
  image.set([1, 1, 0, 1], 13); // sectors of a cluster, reserved ones, FATs
  image.writeUInt16LE(is32 ? 0 : 16, 17);
  image[21] = 0xf8;
  image.writeUInt16LE(is32 ? 0 : 1, 22);
  image.writeUInt32LE(1, 36);
  image.writeUInt32LE(2, 44);
  image.write(`NO NAME    ${type}`, is32 ? 71 : 43, 'latin1');
  image.writeUInt32LE(3, SECTOR + 8);
  image.writeUInt32LE(0x0fffffff, SECTOR + 12);
  image.write(label.padEnd(11), (is32 ? 3 : 2) * SECTOR, 'latin1');
  image[(is32 ? 3 : 2) * SECTOR + 11] = 8;
  return image;
}

function ext(label: string): Buffer {
  const image = Buffer.alloc(2048);
  image.writeUInt16LE(0xef53, 1080);
  image.write(label, 1144);
  return image;
}

function iso(label: string): Buffer {
  const image = Buffer.alloc(20 * 2048);
  image.write('\x01CD001\x01\0LINUX', 16 * 2048);
  image.write(label.padEnd(32), 16 * 2048 + 40);
  image.write('\xffCD001\x01', 17 * 2048, 'latin1');
  return image;
}

function udf(label: string): Buffer {
  const image = Buffer.alloc(280 * SECTOR);
  image.write('\0BEA01\x01', 32_768);
  image.write('\0NSR02\x01', 34_816);
  image.writeUInt16LE(2, 256 * SECTOR);
  image.writeUInt32LE(16 * SECTOR, 256 * SECTOR + 16);
  image.writeUInt32LE(258, 256 * SECTOR + 20);
  image.write(`\x08${label}\0`, 258 * SECTOR + 24);
  return image;
}

export const LABELLED: readonly Buffer[] = [
  fat('FAT12   ', 'CIDATA'),
  fat('FAT32   ', 'config-2'),
  ext('cidata'),
  iso('cidata'),
  udf('CONFIG-2'),
];
