import {once} from 'node:events';
import {createServer, type AddressInfo, type Server, type Socket} from 'node:net';
import ssh2 from 'ssh2';
import {afterEach, expect, test} from 'vitest';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {offerPauseMs, offersMs, waitForBanner, waitForLogin} from '../../src/vm/ssh-login.ts';

const BANNER = 'SSH-2.0-test\r\n';
const TIMEOUT_MS = 20_000;

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that does something with the nth connection, counted from 1. */
async function serve(answer: (socket: Socket, nth: number) => void): Promise<number> {
  let connections = 0;
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    connections += 1;
    answer(socket, connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a guest that takes its time to greet is asked once', async () => {
  let asked = 0;
  const port = await serve((socket) => {
    asked += 1;
    setTimeout(() => socket.write(BANNER), 120);
  });
  await waitForBanner({port, timeoutMs: TIMEOUT_MS});
  expect(asked).toBe(1);
});

test('a connection that stays silent is given up when another is tried', async () => {
  const closed: number[] = [];
  let closedBefore: number[] = [];
  const port = await serve((socket, nth) => {
    socket.on('close', () => closed.push(nth)).resume();
    if (nth < 3) return;
    closedBefore = [...closed];
    socket.write(BANNER);
  });
  await waitForBanner({port, timeoutMs: TIMEOUT_MS});
  expect(closedBefore).toContain(1);
});

test('a hint ends the wait on a silent connection, and on none that comes after it', async () => {
  let asked = 0;
  let hint: () => void = () => undefined;
  const hinted = new Promise<void>((resolve) => (hint = resolve));
  const port = await serve((socket, nth) => {
    asked = nth;
    if (nth === 1) setTimeout(hint, 20);
    setTimeout(() => socket.write(BANNER), 120);
  });
  await waitForBanner({port, timeoutMs: TIMEOUT_MS, hint: hinted});
  expect(asked).toBe(2);
});

test('a guest that never greets is told with what was last seen', async () => {
  const port = await serve((socket) => socket.resume());
  await expect(waitForBanner({port, timeoutMs: 400})).rejects.toThrow(
    /no ssh banner on port \d+; last: no banner/,
  );
});

test('a key that is not known yet is offered less often the longer it takes', () => {
  expect([0, 400, 4000].map(offerPauseMs)).toEqual([20, 20, 200]);
});

/** As Dropbear: whom a connection does not know at its first question it never knows. */
async function serveLateUser(): Promise<{port: number; isMade: () => boolean}> {
  let made = false;
  const hostKey = generateSshKey('host').privateKey;
  const ssh = new ssh2.Server({hostKeys: [hostKey]}, (client) => {
    let known: boolean | undefined;
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      known ??= made;
      made = true; // while the first connection lasts
      if (known) context.accept();
      else context.reject(['publickey']);
    });
  });
  server = createServer((socket) => ssh.injectSocket(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {port: (server.address() as AddressInfo).port, isMade: () => made};
}

test('a user who is made while a connection lasts comes in by another', async () => {
  const {port} = await serveLateUser();
  const {privateKey} = generateSshKey('test');
  await using session = await waitForLogin({port, user: 'late', privateKey, timeoutMs: TIMEOUT_MS});
  expect(session).toBeDefined();
  expect([0, 40_000].map(offersMs)).toEqual([5000, 10_000]);
});

test('a refusal is not the last where its connection began before the guest had its users', async () => {
  const {port, isMade} = await serveLateUser();
  const {privateKey} = generateSshKey('test');
  const options = {port, user: 'late', privateKey, timeoutMs: TIMEOUT_MS, isSettled: isMade};
  await using session = await waitForLogin(options);
  expect(session).toBeDefined();
});

test('a guest that greets and goes no further is told so', async () => {
  const port = await serve((socket) => socket.write(BANNER));
  const {privateKey} = generateSshKey('test');
  await expect(waitForLogin({port, user: 'leanos', privateKey, timeoutMs: 400})).rejects.toThrow(
    /no login over ssh as leanos: waited 0 s; last: the key exchange did not end/,
  );
});

test('every new key is whole', {timeout: 60_000}, () => {
  const bytes = Array.from(
    {length: 2000},
    () => Buffer.from(generateSshKey('test').publicKey.split(' ')[1] ?? '', 'base64').length,
  );
  expect(new Set(bytes)).toEqual(new Set([51])); // RFC 8709: 4 + "ssh-ed25519" + 4 + 32
});
