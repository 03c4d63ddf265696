import {processContext} from '../../src/cli/context.ts';
import {readyGuest, type ReadyGuest} from '../../src/cli/guest.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';

/** An image of this checkout, built, and what is needed to boot it and to make seeds. */
export async function ready(image: string): Promise<ReadyGuest> {
  const context = processContext({signal: new AbortController().signal});
  return readyGuest(
    {channel: 'alpha', image, arch: hostArchitecture().name, out: 'out', memory: 256},
    {...context, report: () => undefined},
  );
}
