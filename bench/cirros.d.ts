import type { ReadyImage } from '../src/build/ready-image.ts';
/** CirrOS around the kernel of an image. */
export interface Cirros {
    readonly initramfs: string;
    /** Raw; boots by itself, and is where an initramfs that is started directly finds its root. */
    readonly disk: string;
}
/**
 * CirrOS around the kernel of an image of the Debian base. `rootfs` is the tarball of its root filesystem, as its releases
 * have it for containers (`cirros-VERSION-x86_64-lxc.tar.xz`). Gives an initramfs of it with the kernel's modules, as CirrOS
 * boots from, and the image's own disk with CirrOS in the place of the initramfs and of STATE. Root only, for owners
 * and device nodes.
 */
export declare function writeCirros(guest: ReadyImage, rootfs: string): Promise<Cirros>;
/** A NoCloud seed as CirrOS takes it (the label in small letters, keys by name), and the login that it permits. */
export declare function writeCirrosSeed(guest: ReadyImage): Promise<{
    readonly seed: string;
    readonly user: string;
    readonly privateKey: string;
}>;
