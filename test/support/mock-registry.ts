import {createServer as plainServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {createServer as tlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';
import {ociDigest} from '../../src/formats/oci.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

interface MockOptions {
  /** Who may have tokens; absent: everybody may do everything. */
  readonly login?: {readonly user: string; readonly password: string};
  /** Whether everybody has tokens, but needs one, as with Docker Hub and ghcr.io. */
  readonly anonymous?: boolean;
  /** What it is known by; absent: it is asked over plain http. */
  readonly tls?: {readonly key: Buffer; readonly cert: Buffer};
  /** After how many bytes of an upload, or of a blob on its way down, the connection is cut; each once. */
  readonly cuts?: readonly number[];
  /** After how many bytes of a blob, up or down, nothing moves any more, while the connection stays. */
  readonly stalls?: number | undefined;
  /** Whether an upload that was cut is forgotten, as Docker's own registry does. */
  readonly forgets?: boolean;
  /** Whether blobs are given by another host, as large registries do. */
  readonly elsewhere?: boolean;
  /** What it gives in place of a blob. */
  readonly lie?: (blob: Buffer) => Buffer;
  /** Status codes that come before an answer, one for each request. */
  readonly busy?: readonly number[];
}

export interface MockRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, {type: string; bytes: Buffer}>;
  /** What was asked, in order: `PATCH /v2/… bytes=…`. */
  readonly asked: string[];
  /** How many bytes of uploads have come. */
  received: number;
}

/** A registry as strict as the real ones: it refuses what the OCI distribution specification does not allow. */
export async function mockRegistry(options: MockOptions = {}): Promise<MockRegistry> {
  const {tls} = options;
  const scheme = tls === undefined ? 'http' : 'https';
  const createServer = (listener: Listener): Server =>
    tls === undefined ? plainServer(listener) : tlsServer(tls, listener);
  const cuts = [...(options.cuts ?? [])];
  const busy = [...(options.busy ?? [])];
  const uploads = new Map<string, Buffer>();
  const tokens = new Map<string, string>();
  const mock: MockRegistry = {host: '', blobs: new Map(), manifests: new Map(), asked: [], received: 0};
  const storage = await listening(
    createServer((request, response) => {
      // A signed address takes no second proof of who asks: S3 answers 400.
      if (request.headers.authorization !== undefined) return void response.writeHead(400).end();
      giveBlob(request, response, (request.url ?? '').slice(1));
    }),
  );

  const giveBlob = (request: IncomingMessage, response: ServerResponse, digest: string): void => {
    const whole = mock.blobs.get(digest);
    if (whole === undefined) return void response.writeHead(404).end();
    const blob = options.lie?.(whole) ?? whole;
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    mock.asked.push(`from ${start}`);
    const range = {'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}`};
    response.writeHead(start === 0 ? 200 : 206, {
      'content-length': blob.length - start,
      ...(start === 0 ? {} : range),
    });
    const {stalls = Infinity} = options;
    if (blob.length - start > stalls) return void response.write(blob.subarray(start, start + stalls));
    const cut = cuts[0];
    if (cut === undefined || blob.length - start <= cut) return void response.end(blob.subarray(start));
    cuts.shift();
    response.write(blob.subarray(start, start + cut), () => response.destroy());
  };
  const giveToken = (request: IncomingMessage, response: ServerResponse, url: URL): void => {
    const {user = '', password = ''} = options.login ?? {};
    const login = Buffer.from(`${user}:${password}`).toString('base64');
    const wanted = options.anonymous === true ? undefined : `Basic ${login}`;
    const scope = url.searchParams.get('scope') ?? '';
    if (url.searchParams.get('service') !== 'the registry') return void response.writeHead(400).end();
    if (request.headers.authorization !== wanted) return void response.writeHead(401).end();
    const token = `token-${tokens.size}`;
    tokens.set(token, scope);
    response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify({token}));
  };
  const mayDo = (request: IncomingMessage): boolean => {
    if (options.login === undefined && options.anonymous !== true) return true;
    const scope = tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, '')) ?? '';
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    return scope.startsWith('repository:me/test:') && (isReading ? /pull/ : /push/).test(scope);
  };

  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const {method = '', url: path = '', headers} = request;
    const url = new URL(path, `${scheme}://${headers.host ?? ''}`);
    mock.asked.push(
      `${method} ${url.pathname}${headers['content-range'] === undefined ? '' : ` ${headers['content-range']}`}`,
    );
    const end = (status: number, more: Record<string, string> = {}, body: Buffer | string = ''): void => {
      request.resume();
      response
        .writeHead(status, {...more, ...(method === 'HEAD' ? {} : {'content-length': String(body.length)})})
        .end(body);
    };
    if (url.pathname === '/token') return giveToken(request, response, url);
    if (!mayDo(request))
      return end(401, {
        'www-authenticate': `Bearer realm="${scheme}://${headers.host ?? ''}/token",service="the registry",scope="repository:me/test:pull"`,
      });
    const status = busy.shift();
    if (status !== undefined) return end(status, {'retry-after': '0'});
    const [, kind = '', name = ''] =
      /^\/v2\/me\/test\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'manifests') {
      if (method === 'PUT') {
        const bytes = await bodyOf(request);
        const digest = ociDigest(bytes);
        if (name.startsWith('sha256:') && name !== digest) return end(400);
        for (const key of [name, digest])
          mock.manifests.set(key, {type: headers['content-type'] ?? '', bytes});
        return end(201, {'docker-content-digest': digest, location: url.pathname});
      }
      const found = mock.manifests.get(name);
      if (found === undefined || headers.accept?.includes(found.type) !== true) return end(404);
      return end(200, {'content-type': found.type}, found.bytes);
    }
    if (kind === 'blobs') {
      if (method === 'HEAD') return end(mock.blobs.has(name) ? 200 : 404);
      if (options.elsewhere === true) {
        // Whoever asks knows this host by a name of its own.
        const host = (request.headers.host ?? '').replace(/:\d+$/, '');
        return end(307, {location: `${scheme}://${storage.replace('127.0.0.1', host)}/${name}`});
      }
      return giveBlob(request, response, name);
    }
    if (kind !== 'blobs/uploads') return end(404);
    if (method === 'POST') {
      const id = `upload-${mock.asked.length}`;
      uploads.set(id, Buffer.alloc(0));
      return end(202, {location: `/v2/me/test/blobs/uploads/${id}?state=a%3D`, range: '0-0'});
    }
    const upload = uploads.get(name);
    if (upload === undefined || !url.search.startsWith('?state=a%3D')) return end(404);
    const place = (bytes: Buffer): Record<string, string> => ({
      location: `/v2/me/test/blobs/uploads/${name}?state=a%3D`,
      range: `0-${Math.max(0, bytes.length - 1)}`,
    });
    if (method === 'GET') return end(204, place(upload));
    if (method === 'PATCH') {
      const start = Number(/^(\d+)-\d+$/.exec(headers['content-range'] ?? '0-0')?.[1] ?? -1);
      if (start !== upload.length) return end(416, place(upload));
      const cut = cuts[0];
      let bytes = upload;
      for await (const piece of request as AsyncIterable<Buffer>) {
        bytes = Buffer.concat([bytes, piece]);
        mock.received += piece.length;
        if (bytes.length > (options.stalls ?? Infinity)) return;
        uploads.set(name, bytes);
        if (cut === undefined || bytes.length - start < cut) continue;
        cuts.shift();
        if (options.forgets === true) uploads.delete(name);
        request.destroy();
        return;
      }
      return end(202, place(bytes));
    }
    const digest = url.searchParams.get('digest') ?? '';
    if (method !== 'PUT' || ociDigest(upload) !== digest)
      return end(400, {}, JSON.stringify({errors: [{code: 'DIGEST_INVALID', message: 'other bytes'}]}));
    mock.blobs.set(digest, upload);
    uploads.delete(name);
    return end(201, {location: `/v2/me/test/blobs/${digest}`, 'docker-content-digest': digest});
  };
  return Object.assign(mock, {host: await listening(server)});
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
