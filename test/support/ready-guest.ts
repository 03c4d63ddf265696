import {processContext} from '../../src/cli/context.ts';
import {readyGuest, type ReadyGuest} from '../../src/cli/guest.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';
import type {BootOptions} from '../../src/vm/boot-image.ts';
import type {SshKey} from '../../src/vm/ssh.ts';

/** An image of this checkout, built, and what is needed to boot it and to make seeds. */
export async function ready(image: string): Promise<ReadyGuest> {
  const context = await processContext({signal: new AbortController().signal});
  return readyGuest(
    {channel: 'alpha', image, arch: hostArchitecture().name, out: 'out', memory: 256},
    {...context, report: () => undefined},
  );
}

/** A machine of 256 MiB under BIOS, whose seed has a name and a key. */
export function seeded(
  {accelerator, run}: ReadyGuest,
  name: string,
  key: SshKey,
): Omit<BootOptions, 'folder'> {
  const seed = {instanceId: `i-${name}`, hostname: name, publicKeys: [key.publicKey]};
  return {firmware: 'bios', memoryMib: 256, accelerator, run, seed};
}
