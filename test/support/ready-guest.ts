import {processEnvironment} from '../../src/build/environment.ts';
import {readyImage, type ReadyImage} from '../../src/build/ready-image.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';
import type {BootOptions} from '../../src/vm/boot-image.ts';
import type {SshKey} from '../../src/vm/ssh.ts';

/** An image of this checkout, built, and what is needed to boot it and to make seeds. */
export function ready(image: string, arch = hostArchitecture().name): Promise<ReadyImage> {
  return readyImage({channel: 'alpha', image, arch, out: 'out', locked: false}, processEnvironment());
}

/** A machine of 256 MiB under BIOS, whose seed has a name and a key. */
export function seeded(
  {accelerator, run}: Pick<ReadyImage, 'accelerator' | 'run'>,
  name: string,
  key: SshKey,
): Omit<BootOptions, 'folder'> {
  const seed = {instanceId: `i-${name}`, hostname: name, publicKeys: [key.publicKey]};
  return {firmware: 'bios', memoryMib: 256, accelerator, run, seed};
}
