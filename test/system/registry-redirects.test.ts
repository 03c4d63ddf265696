import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createServer as createPlain, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createSecure} from 'node:https';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {openRegistry} from '../../src/build/open-registry.ts';
import {EMPTY_CONFIG} from '../../src/formats/oci.ts';
import {run} from '../../src/system/run.ts';
import type {Registry} from '../../src/system/registry/registry.ts';
import {temporary} from '../support/temporary.ts';

/** Of 127.0.0.1, for a day. */
function certificate(): {ca: string; cert: Buffer; key: Buffer} {
  const folder = temporary();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = [
    'req',
    '-x509',
    '-nodes',
    '-days',
    '1',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
  ];
  const name = [
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync('openssl', [...words, ...name], {stdio: 'pipe'});
  return {ca: cert, cert: readFileSync(cert), key: readFileSync(key)};
}

/**
 * A registry with TLS and a password that says where an upload goes on as `location` does with its host. Whoever talks to the same port
 * without TLS is heard too: `plain` has the requests.
 */
async function registryThatSendsOn(
  location: (host: string) => string,
): Promise<{registry: Registry; plain: string[]; secure: string[]}> {
  const {ca, cert, key} = certificate();
  const [plain, secure]: [string[], string[]] = [[], []];
  const answer = (asked: string[]) => (request: IncomingMessage, response: ServerResponse) => {
    const {method = '', url = '', headers} = request;
    asked.push(`${method} ${url} ${headers.authorization ?? ''}`);
    request.resume();
    if (headers.authorization === undefined)
      return void response.writeHead(401, {'www-authenticate': 'Basic realm="x"'}).end();
    if (method === 'HEAD') return void response.writeHead(404).end();
    const next = {location: location(headers.host ?? '')};
    response.writeHead(method === 'PUT' ? 201 : 202, next).end();
  };
  const [http, https] = [createPlain(answer(plain)), createSecure({cert, key}, answer(secure))];
  const HANDSHAKE = 22;
  const server = createServer((socket) => {
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return void socket.destroy();
      socket.unshift(first);
      (first[0] === HANDSHAKE ? https : http).emit('connection', socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = {HOME: '/nowhere', LEANOS_REGISTRY_USER: 'me', LEANOS_REGISTRY_PASSWORD: 'se:cret'};
  const {signal} = new AbortController();
  const options = {ca, environment, run, signal, pauseMs: 1};
  return {registry: await openRegistry({host, repository: 'me/test'}, 'pull,push', options), plain, secure};
}

test('a registry that does not know of the TLS before it is asked with TLS all the same', async () => {
  const {registry, plain, secure} = await registryThatSendsOn((host) => `http://${host}/upload?a=b`);
  await expect(registry.putBlob(EMPTY_CONFIG.descriptor, EMPTY_CONFIG.bytes)).resolves.toBe('brought');
  expect(plain).toEqual([]);
  expect(secure.at(-1)).toMatch(/^PUT \/upload\?a=b&digest=sha256.* Basic /);
});

test.each(['http://127.0.0.2:1/upload', 'file:///etc/passwd', 'http://['])(
  'what was asked with TLS does not go on to %s',
  async (place) => {
    const {registry} = await registryThatSendsOn(() => place);
    await expect(registry.putBlob(EMPTY_CONFIG.descriptor, EMPTY_CONFIG.bytes)).rejects.toMatchObject({
      code: 'REGISTRY',
      message: expect.stringContaining('where nobody goes') as string,
    });
  },
);
