import type { Run } from '../src/system/run.ts';
/** A static program that switches the machine off, for x86_64 (ELF-64: gABI chapters 4 and 5). */
export declare function powerOffProgram(): Buffer;
/**
 * The floor of a boot: the same kernel, firmware and bootloader, and an init that switches the machine off at once. Writes
 * the floor's initramfs and a disk that differs from the image's in nothing else.
 */
export declare function writeFloor(folder: string, { disk, espStartBytes, run }: {
    disk: string;
    espStartBytes: number;
    run: Run;
}): Promise<{
    initramfs: string;
    disk: string;
}>;
