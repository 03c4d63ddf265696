import {createServer, type AddressInfo} from 'node:net';
import {once} from 'node:events';
import {expect, test} from 'vitest';
import {freePort, withHostPorts} from '../../src/vm/free-port.ts';

test('a port that somebody listens on is told before a machine starts, with what it was for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  try {
    await expect(withHostPorts([{guest: 443}, {guest: 80, host: port}])).rejects.toMatchObject({
      code: 'USAGE',
      message: `port ${port} of 127.0.0.1 is taken, and was to lead to port 80 of the guest; one that is free is needed`,
    });
    await expect(freePort(port)).rejects.toMatchObject({code: 'USAGE'});
  } finally {
    server.close();
  }
});

test('one port cannot lead to two', async () => {
  const host = await freePort();
  await expect(
    withHostPorts([
      {guest: 80, host},
      {guest: 81, host},
    ]),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/is taken, and was to lead to port 8[01] of the guest/) as string,
  });
});

test('ports that are asked for stay what they are, the others are free ones', async () => {
  const host = await freePort();
  const [named, any] = await withHostPorts([{guest: 80, host}, {guest: 81}]);
  expect(named).toEqual({guest: 80, host});
  expect(any?.host).toBeGreaterThan(0);
});
