import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {whyUnread} from '../../core/why-unread.ts';
import type {Run} from '../run.ts';

/** Who asks a registry. */
export type Credentials =
  | {readonly user: string; readonly password: string}
  /** What a login left in place of a password; it buys tokens. */
  | {readonly identityToken: string};

/** As docker and podman write it: config.json, containers-auth.json(5). */
interface AuthFile {
  readonly auths?: Readonly<Record<string, {readonly auth?: string; readonly identitytoken?: string}>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** The registry whose name is not its host. */
const DOCKER_HUB = {
  hosts: ['docker.io', 'index.docker.io', 'registry-1.docker.io'],
  key: 'https://index.docker.io/v1/',
};
const USER = 'LEANOS_REGISTRY_USER';
const PASSWORD = 'LEANOS_REGISTRY_PASSWORD';

/** Where a login of docker, podman, skopeo or oras leaves what it was told; the first file that knows the registry counts. */
export function authFiles(env: NodeJS.ProcessEnv): string[] {
  const home = env['HOME'] ?? '/';
  const asked = env['REGISTRY_AUTH_FILE'];
  if (asked !== undefined && asked !== '') return [asked];
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    ...(runtime === undefined ? [] : [join(runtime, 'containers/auth.json')]),
    join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'containers/auth.json'),
    join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json'),
  ];
}

/**
 * What the user is for a registry: the environment, else the files of a login; `undefined`: nobody in particular.
 * @throws LeanosError USAGE where a file cannot be understood
 */
export async function findCredentials(
  {host, repository}: {readonly host: string; readonly repository: string},
  {env, run}: {readonly env: NodeJS.ProcessEnv; readonly run: Run},
): Promise<Credentials | undefined> {
  const {[USER]: user, [PASSWORD]: password} = env;
  if (user !== undefined && password !== undefined) return {user, password};
  if (user !== undefined || password !== undefined)
    throw new LeanosError('USAGE', `${USER} and ${PASSWORD} belong together, and only one of them is there`);
  for (const path of authFiles(env)) {
    const file = await readAuthFile(path);
    if (file === undefined) continue;
    const found = await credentialsIn(file, keysOf(host, repository), {path, env, run});
    if (found !== undefined) return found;
  }
  return undefined;
}

/** From the most special to the host itself. */
function keysOf(host: string, repository: string): string[] {
  const parts = repository.split('/');
  const inner = parts.map((_, index) => [host, ...parts.slice(0, parts.length - index)].join('/'));
  const hub = DOCKER_HUB.hosts.includes(host) ? [DOCKER_HUB.key, 'docker.io'] : [];
  return [...inner, host, `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`, ...hub];
}

async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new LeanosError('USAGE', `${path}: ${whyUnread(error)}`, {cause: error});
  });
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as AuthFile | null) ?? {};
  } catch (error) {
    throw new LeanosError('USAGE', `${path}: is no JSON, so nobody can log in with it`, {cause: error});
  }
}

async function credentialsIn(
  {auths = {}, credHelpers = {}, credsStore}: AuthFile,
  keys: readonly string[],
  {path, env, run}: {path: string; env: NodeJS.ProcessEnv; run: Run},
): Promise<Credentials | undefined> {
  for (const key of keys) {
    const helper = credHelpers[key] ?? (auths[key] === undefined ? undefined : credsStore);
    if (helper !== undefined) return askHelper(helper, key, {env, run});
    const {auth = '', identitytoken = ''} = auths[key] ?? {};
    if (identitytoken !== '') return {identityToken: identitytoken};
    if (auth === '') continue;
    const [, user, password] = /^([^:]*):([^]*)$/.exec(Buffer.from(auth, 'base64').toString()) ?? [];
    if (user === undefined || password === undefined)
      throw new LeanosError('USAGE', `${path}: the login for ${key} is no base64 of USER:PASSWORD`);
    return {user, password};
  }
  return undefined;
}

/** The protocol of docker-credential-helpers: the registry goes in, JSON comes out. */
async function askHelper(
  helper: string,
  key: string,
  {env, run}: {env: NodeJS.ProcessEnv; run: Run},
): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(helper))
    throw new LeanosError('USAGE', `"${helper}" is no name of a helper for credentials`);
  const passed = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const text = await run([`docker-credential-${helper}`, 'get'], {
    input: key,
    env: Object.fromEntries(passed),
  });
  const {Username = '', Secret = ''} = JSON.parse(text) as {Username?: string; Secret?: string};
  return Username === '<token>' ? {identityToken: Secret} : {user: Username, password: Secret};
}
