import {createServer, type AddressInfo} from 'node:net';

/** A port of a guest, and the one of 127.0.0.1 that leads to it where somebody said which. */
export interface AskedPort {
  readonly guest: number;
  readonly host?: number | undefined;
}

/** Gives each port that is asked for one of this host: its own, else a free one. */
export async function withHostPorts<T extends AskedPort>(
  asked: readonly T[],
): Promise<readonly (T & {readonly host: number})[]> {
  return Promise.all(asked.map(async (port) => ({...port, host: port.host ?? (await freePort())})));
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const {port} = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
