import {join} from 'node:path';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import type {BootOptions} from '../../src/vm/boot-image.ts';
import type {SshKey} from '../../src/vm/ssh.ts';
import {readyOwn} from './own-project.ts';
import {seeded} from './ready-guest.ts';
import {temporary} from './temporary.ts';

/** Enough for Xen, and of a size that QEMU emulates well: in machines of some others it is far slower. */
export const XEN_MEMORY_MIB = 640;
/** Where dom0's ssh listens beside a payload that has all other ports. */
export const XEN_SSH_PORT = 2222;
/**
 * What QEMU emulates has SVM, which makes /dev/kvm and Xen's PVH domains; and the same processor without it. The highest of CPUID's
 * extended leaves is said there, for QEMU 7.2 ends them before the widths of addresses then: a Linux with five levels of page tables
 * takes its own addresses for wrong, and every path that it prints is x's.
 */
export const WITH_SVM = 'max,cx16=off,smap=off';
export const WITHOUT_SVM = `${WITH_SVM},svm=off,xlevel=0x8000000a`;

/** The definition of an image whose payload is Xen's domain: the file `unikernel` of its project. */
export function xenImage(args: string, base = 'leanos/test'): string {
  return `extends: ${base}\nlogin: {port: ${XEN_SSH_PORT}}\npayload: {file: unikernel, args: ${args}}\n`;
}

/** That image of a project of its own, built; `make` makes the payload. */
export function readyXenImage(make: (path: string) => void): Promise<ReadyImage> {
  return readyOwn(xenImage('of the image'), (folder) => {
    make(join(folder, 'unikernel'));
  });
}

/** A machine for an image that has Xen. */
export function xenMachine(
  guest: ReadyImage,
  name: string,
  key: SshKey,
  memoryMib = XEN_MEMORY_MIB,
): BootOptions {
  return {...seeded(guest, name, key), memoryMib, folder: temporary()};
}

/** What is emulated as the processor that is named: KVM of a host may nest virtualisation or not, and QEMU's emulation does. */
export function emulated(cpu: string): Pick<BootOptions, 'accelerator' | 'cpu'> {
  return {accelerator: 'tcg', cpu};
}
