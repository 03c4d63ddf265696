import {expect, test} from 'vitest';
import {leanModule, formatModulesDep, moduleNameOfFile} from '../../src/formats/kernel-modules.ts';

const module = (name: string, depends: readonly string[] = []) => ({
  path: `kernel/${name}.ko`,
  info: {name, depends, aliases: []},
});

test('modules.dep names the nearest first, so that the last is loaded first', () => {
  const text = formatModulesDep([
    module('ahci', ['libahci', 'libata']),
    module('libahci', ['libata']),
    module('libata', ['scsi_mod']),
    module('scsi_mod'),
  ]);
  expect(text.split('\n')[0]).toBe('kernel/ahci.ko: kernel/libahci.ko kernel/libata.ko kernel/scsi_mod.ko');
});

test('- and _ are the same in names of modules', () => {
  expect(moduleNameOfFile('kernel/drivers/block/xen-blkfront.ko.xz')).toBe('xen_blkfront');
});

/** A relocatable ELF-64 with the sections .text and .BTF, and a signature behind it. */
function signedModule(): Buffer {
  const names = Buffer.from('\0.text\0.BTF\0.shstrtab\0');
  const text = Buffer.from('code');
  const btf = Buffer.from('types!');
  const body = Buffer.concat([text, btf, names]);
  const header = Buffer.alloc(64);
  Buffer.from('7f454c46020101', 'hex').copy(header);
  header.writeBigUInt64LE(BigInt(64 + body.length), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(4, 60);
  header.writeUInt16LE(3, 62);
  const section = (nameAt: number, offset: number, size: number): Buffer => {
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(nameAt, 0);
    entry.writeUInt32LE(1, 4);
    entry.writeBigUInt64LE(BigInt(64 + offset), 24);
    entry.writeBigUInt64LE(BigInt(size), 32);
    return entry;
  };
  const signature = Buffer.concat([Buffer.from('SIGNED'), Buffer.alloc(8), Buffer.from([0, 0, 0, 6])]);
  return Buffer.concat([
    header,
    body,
    ...[Buffer.alloc(64), section(1, 0, 4), section(7, 4, 6), section(12, 10, names.length)],
    signature,
    Buffer.from('~Module signature appended~\n'),
  ]);
}

test('a lean module has neither type data nor a signature that no longer holds', () => {
  const lean = leanModule(signedModule());
  expect(lean.includes('types!')).toBe(false);
  expect(lean.includes('SIGNED')).toBe(false);
  expect(lean.includes('~Module')).toBe(false);
  expect(lean.includes('code')).toBe(true);
});

test('a module without either stays as it is', () => {
  const lean = leanModule(signedModule());
  expect(leanModule(lean).equals(lean)).toBe(true);
});
