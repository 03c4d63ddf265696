import type { BootableImage, BootOptions } from '../src/vm/boot-image.ts';
/**
 * A minimal Debian with the same BusyBox, Dropbear and kernel, on a disk: what one would do without leanos. Gives its root
 * filesystem, a folder, and its disk, raw. With `key` it starts a network and Dropbear at boot, and lets that key in as root.
 * @throws LeanosError TOOL_MISSING
 */
export declare function writePeer(folder: string, key?: string): Promise<{
    readonly root: string;
    readonly disk: string;
}>;
/** Runs a program that the peer is made with. @throws LeanosError TOOL_MISSING */
export declare function peerTool(program: string, ...args: readonly string[]): void;
/** How the peer, whose root filesystem this is, starts directly: with the initramfs that its own tools made. */
export declare function bootablePeer(image: BootableImage, root: string): {
    readonly image: BootableImage;
    readonly boot: Partial<BootOptions>;
};
