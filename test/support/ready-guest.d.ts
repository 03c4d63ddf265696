import { type ReadyImage } from '../../src/build/ready-image.ts';
import type { BootOptions } from '../../src/vm/boot-image.ts';
import type { SshKey } from '../../src/vm/ssh.ts';
/** An image of this checkout, built, and what is needed to boot it and to make seeds. */
export declare function ready(image: string): Promise<ReadyImage>;
/** A machine of 256 MiB under BIOS, whose seed has a name and a key. */
export declare function seeded({ accelerator, run }: ReadyImage, name: string, key: SshKey): Omit<BootOptions, 'folder'>;
