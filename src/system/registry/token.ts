import {z} from 'zod';
import {LeanosError} from '../../core/error.ts';
import {parseChallenges, type Challenge} from '../../formats/authenticate.ts';
import type {HttpRequest} from '../http.ts';
import type {Credentials} from './credentials.ts';

/** Asks, and gives status and the body of an answer that is short. */
export type AskShort = (url: URL, request: HttpRequest) => Promise<{status: number; body: Buffer}>;

interface Asking {
  readonly host: string;
  /** What is to be done: `repository:NAME:pull,push`. */
  readonly scope: string;
  readonly credentials: Credentials | undefined;
  readonly ask: AskShort;
}

const TOKEN = z.object({token: z.string().optional(), access_token: z.string().optional()});

/**
 * What a registry wants to see in `Authorization`, by its challenge: basic, or a token of the service that it names (the
 * distribution specification's "token" and "oauth" documents). `undefined` where it wants something else.
 * @throws LeanosError REGISTRY
 */
export async function authorization(header: string, asking: Asking): Promise<string | undefined> {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({scheme}) => scheme === 'bearer');
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, asking)}`;
  const {credentials} = asking;
  if (!challenges.some(({scheme}) => scheme === 'basic')) return undefined;
  return credentials !== undefined && 'user' in credentials ? basic(credentials) : undefined;
}

export function basic({user, password}: {readonly user: string; readonly password: string}): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function fetchToken({parameters}: Challenge, {host, scope, credentials, ask}: Asking): Promise<string> {
  const realm = realmUrl(parameters['realm'] ?? '', host);
  const service = parameters['service'];
  const words = {...(service === undefined ? {} : {service}), scope};
  const {status, body} =
    credentials !== undefined && 'identityToken' in credentials
      ? await ask(realm, {
          method: 'POST',
          headers: {'content-type': 'application/x-www-form-urlencoded'},
          body: Buffer.from(
            new URLSearchParams({
              ...words,
              grant_type: 'refresh_token',
              client_id: 'leanos',
              refresh_token: credentials.identityToken,
            }).toString(),
          ),
        })
      : await ask(withQuery(realm, words), {
          method: 'GET',
          headers: credentials === undefined ? {} : {authorization: basic(credentials)},
        });
  const parsed = status === 200 ? TOKEN.safeParse(json(body)) : undefined;
  const token = parsed?.data?.token ?? parsed?.data?.access_token;
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new LeanosError(
    'REGISTRY',
    `${realm.host}, which gives tokens for ${host}, gave none for ${scope}: status ${status}`,
    {hint: loginHint(host)},
  );
}

/** What somebody does whom a registry does not let in. */
export function loginHint(host: string): string {
  return `podman login ${host}     or docker login, or LEANOS_REGISTRY_USER and LEANOS_REGISTRY_PASSWORD`;
}

/** A password goes to no service that everybody on the way can read, but on this machine. */
function realmUrl(realm: string, host: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host))) return url;
  throw new LeanosError('REGISTRY', `${host} wants a token of "${realm}", which is no address with https`);
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
}

function withQuery(url: URL, words: Readonly<Record<string, string>>): URL {
  const asked = new URL(url);
  for (const [name, value] of Object.entries(words)) asked.searchParams.set(name, value);
  return asked;
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
