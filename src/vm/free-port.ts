import {createServer, type AddressInfo, type Server} from 'node:net';
import {LeanosError} from '../core/error.ts';

/** A port of a guest, and the one of 127.0.0.1 that leads to it where somebody said which. */
export interface AskedPort {
  readonly guest: number;
  readonly host?: number | undefined;
}

/** Gives each port that is asked for one of this host: its own, else a free one. @throws LeanosError USAGE where its own is taken */
export async function withHostPorts<T extends AskedPort>(
  asked: readonly T[],
): Promise<readonly (T & {readonly host: number})[]> {
  const servers = await Promise.allSettled(asked.map(async ({host = 0}) => listening(host)));
  await Promise.all(servers.map(async (each) => each.status === 'fulfilled' && closed(each.value)));
  return asked.map((port, index) => {
    const server = servers[index];
    if (server?.status === 'fulfilled') return {...port, host: server.value.port};
    throw whyNotFree(port, server?.reason);
  });
}

/** A port that is asked for where ssh answers. @throws LeanosError USAGE where it is taken */
export async function freePort(host?: number, guest = 22): Promise<number> {
  const [found] = await withHostPorts([{guest, host}]);
  return found?.host ?? 0;
}

interface Listening {
  readonly server: Server;
  readonly port: number;
}

async function listening(port: number): Promise<Listening> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {server, port: (server.address() as AddressInfo).port};
}

async function closed({server}: Listening): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

function whyNotFree({guest, host}: AskedPort, error: unknown): unknown {
  const {code} = error as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE'
      ? 'is taken'
      : code === 'EACCES'
        ? 'is not for this account to listen on'
        : undefined;
  if (why === undefined || host === undefined) return error;
  return new LeanosError(
    'USAGE',
    `port ${host} of 127.0.0.1 ${why}, and was to lead to port ${guest} of the guest; one that is free is needed`,
    {hint: 'leanos takes a free one where none of this host is named', cause: error},
  );
}
