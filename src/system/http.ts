import {createReadStream} from 'node:fs';
import http, {type IncomingHttpHeaders} from 'node:http';
import https, {Agent} from 'node:https';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createSecureContext} from 'node:tls';

/** A part of a file: from its byte `start` on, `bytes` of them. */
export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly bytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | FilePart | undefined;
  /** Keeps connections with TLS, and what is believed there; without it Node's own. */
  readonly agent?: Agent | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told of every piece that goes out. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read to its end, or destroyed. */
  readonly body: Readable;
}

/** Connections that believe these certificates, as PEM, and no others. Reading them takes a while, so it is done once. */
export function trustingAgent(certificates: readonly string[]): Agent {
  return new Agent({keepAlive: true, secureContext: createSecureContext({ca: [...certificates]})});
}

/** A connection on which nothing moves for so long is given up. */
const SILENCE_MS = 60_000;

/** Asks once: no redirect is followed, nothing is tried again. @throws Error as Node's own, with its code */
export async function httpRequest(url: URL, request: HttpRequest): Promise<HttpAnswer> {
  const {method, headers, body, agent, signal, onSent = () => undefined} = request;
  const length =
    body === undefined
      ? method === 'GET' || method === 'HEAD'
        ? {}
        : {'content-length': '0'}
      : {'content-length': String(Buffer.isBuffer(body) ? body.length : body.bytes)};
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = client.request(url, {
      method,
      headers: {'user-agent': 'leanos', ...length, ...headers},
      timeout: SILENCE_MS,
      ...(signal === undefined ? {} : {signal}),
      ...(agent === undefined || url.protocol !== 'https:' ? {} : {agent}),
    });
    asked.on('timeout', () =>
      asked.destroy(Object.assign(new Error(`${url.host} says nothing any more`), {code: 'ETIMEDOUT'})),
    );
    asked.on('error', reject);
    asked.on('response', (answer) =>
      resolve({status: answer.statusCode ?? 0, headers: answer.headers, body: answer}),
    );
    void pipeline(sentBody(body, onSent), asked).catch(reject);
  });
}

async function* sentBody(body: HttpRequest['body'], onSent: (bytes: number) => void): AsyncGenerator<Buffer> {
  if (body === undefined) return;
  const pieces: AsyncIterable<Buffer> | readonly Buffer[] = Buffer.isBuffer(body)
    ? [body]
    : body.bytes === 0
      ? []
      : createReadStream(body.path, {
          start: body.start,
          end: body.start + body.bytes - 1,
          highWaterMark: 1 << 18,
        });
  for await (const piece of pieces) {
    yield piece;
    onSent(piece.length);
  }
}

/** The whole of a short answer. @throws Error where it is longer than `most` bytes */
export async function shortBody({body}: HttpAnswer, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > most) throw new Error(`the answer is longer than ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
