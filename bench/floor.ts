import {stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {encodeCpio} from '../src/formats/cpio.ts';
import {directory, file} from '../src/formats/file-tree.ts';
import {writeQcow2} from '../src/stages/format/qcow2.ts';
import type {Run} from '../src/system/run.ts';
import {piecesOf} from '../src/system/sparse.ts';

const LOAD_ADDRESS = 0x400000n;
const HEADER_BYTES = 120;

// reboot(2): LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF (include/uapi/linux/reboot.h)
const X86_64_POWER_OFF = Buffer.from(
  'b8a9000000' + 'bfaddee1fe' + 'be69191228' + 'badcfe2143' + '0f05' + 'ebfe', // mov eax,169; edi; esi; edx; syscall; jmp $
  'hex',
);

/** A static program that switches the machine off, for x86_64 (ELF-64: gABI chapters 4 and 5). */
export function powerOffProgram(): Buffer {
  const elf = Buffer.alloc(HEADER_BYTES + X86_64_POWER_OFF.length);
  Buffer.from('7f454c46020101', 'hex').copy(elf);
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(62, 18); // EM_X86_64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADER_BYTES), 24); // entry
  elf.writeBigUInt64LE(64n, 32); // program headers
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64); // PT_LOAD
  elf.writeUInt32LE(5, 68); // readable, executable
  elf.writeBigUInt64LE(LOAD_ADDRESS, 80);
  elf.writeBigUInt64LE(LOAD_ADDRESS, 88);
  elf.writeBigUInt64LE(BigInt(elf.length), 96);
  elf.writeBigUInt64LE(BigInt(elf.length), 104);
  elf.writeBigUInt64LE(4096n, 112);
  X86_64_POWER_OFF.copy(elf, HEADER_BYTES);
  return elf;
}

/**
 * The floor of a boot: the same kernel, firmware and bootloader, and an init that switches the machine off at once. Writes
 * the floor's initramfs and a disk that differs from the image's in nothing else.
 */
export async function writeFloor(
  folder: string,
  {disk, espStartBytes, run}: {disk: string; espStartBytes: number; run: Run},
): Promise<{initramfs: string; disk: string}> {
  const initramfs = join(folder, 'floor-initramfs');
  await writeFile(
    initramfs,
    encodeCpio(
      new Map([
        ['dev', directory()],
        ['init', file(powerOffProgram(), 0o755)],
      ]),
      0,
    ),
  );
  const raw = join(folder, 'floor.raw');
  await run(['qemu-img', 'convert', '-O', 'raw', disk, raw]);
  await run(['mcopy', '-o', '-i', `${raw}@@${espStartBytes}`, initramfs, '::/A/initramfs']);
  const floorDisk = join(folder, 'floor.qcow2');
  const {size} = await stat(raw);
  await writeQcow2(floorDisk, piecesOf(raw, run), {bytes: size, run});
  return {initramfs, disk: floorDisk};
}
