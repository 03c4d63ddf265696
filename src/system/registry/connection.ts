import {setTimeout as sleep} from 'node:timers/promises';
import {LeanosError} from '../../core/error.ts';
import {printable} from '../../core/printable.ts';
import {httpRequest, shortBody, trustingAgent, type HttpAnswer, type HttpRequest} from '../http.ts';
import type {Credentials} from './credentials.ts';
import {authorization, isLoopback, loginHint} from './token.ts';

export interface ConnectionOptions {
  readonly host: string;
  /** `repository:NAME:pull` or `repository:NAME:pull,push`. */
  readonly scope: string;
  readonly credentials: Credentials | undefined;
  /** The certificates that are believed, as PEM. */
  readonly ca: readonly string[];
  /** Without TLS, because the user says so. A registry of this machine is asked both ways. */
  readonly plainHttp: boolean;
  readonly signal: AbortSignal;
  /** The pause before a second try; each further one is twice as long. */
  readonly pauseMs: number;
}

/** A connection to one registry: it logs in when it is asked to, and tries again what may pass. */
export interface Connection {
  /** The address of a path of the registry: `/v2/…`. */
  url(path: string): Promise<URL>;
  /** Asks and follows redirects; what goes wrong on the way is thrown. */
  ask(url: URL, request: HttpRequest): Promise<HttpAnswer>;
  /** The same, for what is small: tried again while there is hope. */
  askPatiently(url: URL, request: HttpRequest): Promise<HttpAnswer>;
  /** Waits before try number `tries`, or throws what spoke against it. @throws LeanosError REGISTRY */
  pause(tries: number, why: unknown): Promise<void>;
}

const API_HOSTS: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'index.docker.io': 'registry-1.docker.io',
};
const MOST_TRIES = 5;
const MOST_REDIRECTS = 5;
const MOST_PAUSE_MS = 60_000;
/** Characters of what a registry says that are told. */
const MOST_SAID = 300;
const MOST_SHORT_BYTES = 2 ** 20;
/** A registry that has too much to do, or whose proxy does not reach it. */
const PASSING: readonly number[] = [408, 429, 500, 502, 503, 504];
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export function connect(options: ConnectionOptions): Connection {
  const {host, scope, credentials, ca, plainHttp, signal, pauseMs} = options;
  const api = API_HOSTS[host] ?? host;
  let agent: ReturnType<typeof trustingAgent> | undefined;
  const trusting = (url: URL): typeof agent =>
    url.protocol === 'https:' ? (agent ??= trustingAgent(ca)) : undefined;
  let base: Promise<string> | undefined;
  let authorized: string | undefined;

  const isOwn = async (url: URL): Promise<boolean> => url.origin === new URL(await findBaseOnce()).origin;
  const once = async (url: URL, request: HttpRequest): Promise<HttpAnswer> => {
    const own = authorized !== undefined && (await isOwn(url)) ? {authorization: authorized} : {};
    return httpRequest(url, {
      ...request,
      headers: {...own, ...request.headers},
      agent: trusting(url),
      signal,
    });
  };
  const ask: Connection['ask'] = async (url, request) => {
    let answer = await once(url, request);
    if (answer.status === 401 && (await isOwn(url))) {
      answer.body.resume();
      await logIn(answer);
      answer = await once(url, request);
      if (answer.status === 401) throw notLetIn(host, credentials);
    }
    for (let hops = 0; REDIRECTS.includes(answer.status) && isReading(request); hops += 1) {
      answer.body.resume();
      if (hops === MOST_REDIRECTS) throw new LeanosError('REGISTRY', `${host} sends on without end`);
      answer = await once(nextAddress(url, answer.headers.location ?? ''), request);
    }
    return answer;
  };
  const logIn = async ({headers}: HttpAnswer): Promise<void> => {
    const given = await authorization(headers['www-authenticate'] ?? '', {
      host,
      scope,
      credentials,
      ask: async (url, request) => {
        const answer = await httpRequest(url, {...request, agent: trusting(url), signal});
        return {status: answer.status, body: await shortBody(answer, MOST_SHORT_BYTES)};
      },
    });
    if (given === undefined) throw notLetIn(host, credentials);
    authorized = given;
  };
  const pause: Connection['pause'] = async (tries, why) => {
    signal.throwIfAborted();
    if (why instanceof LeanosError) throw why;
    if (tries >= MOST_TRIES || !mayPass(why)) throw unreachable(host, why);
    await sleep(Math.min(pauseMs * 2 ** (tries - 1), MOST_PAUSE_MS), undefined, {signal});
  };
  const askPatiently: Connection['askPatiently'] = async (url, request) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await ask(url, request).catch((error: unknown) => error as Error);
      if (!(answer instanceof Error) && !PASSING.includes(answer.status)) return answer;
      if (!(answer instanceof Error)) {
        answer.body.resume();
        await sleep(
          Math.min(1000 * Number(answer.headers['retry-after'] ?? 0) || 0, MOST_PAUSE_MS),
          undefined,
          {signal},
        );
      }
      await pause(tries, answer instanceof Error ? answer : new PassingStatus(answer.status));
    }
  };
  const findBase = async (): Promise<string> => {
    if (plainHttp) return `http://${api}`;
    const secure = `https://${api}`;
    if (!isLoopback(api)) return secure;
    const isSecure = await httpRequest(new URL(`${secure}/v2/`), {method: 'GET', signal}).then(
      ({body}) => {
        body.resume();
        return true;
      },
      (error: unknown) => !speaksPlainly(error),
    );
    return isSecure ? secure : `http://${api}`;
  };
  const findBaseOnce = (): Promise<string> => (base ??= findBase());
  return {
    url: async (path) => new URL((await findBaseOnce()) + path),
    ask,
    askPatiently,
    pause,
  };
}

/**
 * Where an answer says that it goes on. What was asked with TLS goes on with TLS: a registry behind a proxy may not know how it was asked,
 * and on its own host it is asked as before.
 * @throws LeanosError REGISTRY where that is no such address
 */
export function nextAddress(asked: URL, location: string): URL {
  const next = URL.canParse(location, asked.href) ? new URL(location, asked) : undefined;
  if (next?.host === asked.host && next.protocol === 'http:') next.protocol = asked.protocol;
  if (next?.protocol === 'https:' || (next?.protocol === 'http:' && asked.protocol === 'http:')) return next;
  throw new LeanosError(
    'REGISTRY',
    `${asked.host} sends on to ${printable(location).slice(0, MOST_SAID)}, where nobody goes`,
  );
}

/** A status that may be another one in a while. */
export class PassingStatus extends Error {
  constructor(status: number) {
    super(`status ${status}`);
  }

  /** Whether it is one. */
  static is(status: number): boolean {
    return PASSING.includes(status);
  }
}

/** What a registry says against a request, as its body has it. */
export async function refusal(answer: HttpAnswer): Promise<string> {
  const text = await shortBody(answer, MOST_SHORT_BYTES).then(String, () => '');
  try {
    const {errors = []} = JSON.parse(text) as {errors?: {code?: string; message?: string}[]};
    const said = errors.map(({code = '', message = ''}) => `${code} ${message}`.trim()).join(', ');
    return `status ${answer.status}${said === '' ? '' : `, ${printable(said).slice(0, MOST_SAID)}`}`;
  } catch {
    return `status ${answer.status}`;
  }
}

function isReading({method}: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** How TLS fails with somebody who does not speak it. */
const NO_TLS: readonly string[] = [
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'EPROTO',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
];

function speaksPlainly(error: unknown): boolean {
  return NO_TLS.includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** What ends by itself: connections that were cut, and names that are not found for a moment. */
const CUT: readonly string[] = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
];

function mayPass(error: unknown): boolean {
  return (
    error instanceof PassingStatus || CUT.includes(codeOf(error)) || (error as Error).message === 'aborted'
  );
}

function notLetIn(host: string, credentials: Credentials | undefined): LeanosError {
  const who =
    credentials === undefined ? 'and there is no login for it' : 'and does not take the login that is there';
  return new LeanosError('REGISTRY', `${host} asks who you are, ${who}`, {hint: loginHint(host)});
}

function unreachable(host: string, error: unknown): LeanosError {
  const said = saidOf(error);
  const hint = HINTS.find(({when}) => when.test(`${codeOf(error)} ${said}`))?.hint(host);
  return new LeanosError('REGISTRY', `${host}: ${said}`, {hint, cause: error});
}

/** Who is refused at several addresses is told of each; Node's error of all of them has no message. */
function saidOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(saidOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** What to do about errors that people meet. */
const HINTS: readonly {readonly when: RegExp; readonly hint: (host: string) => string}[] = [
  {
    when: /certificate|self.signed|issuer/i,
    hint: (host) => `--ca FILE     names the certificate of the authority that vouches for ${host}`,
  },
  {
    when: /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/,
    hint: () => 'no registry listens there: oci://HOST:PORT/NAME:TAG names another port',
  },
  {when: /ENOTFOUND|EAI_AGAIN/, hint: () => 'no machine is found by that name: oci://HOST/NAME:TAG'},
  {
    when: new RegExp(NO_TLS.join('|')),
    hint: () => '--plain-http     asks without TLS, which is not spoken there',
  },
];
