import {LeanosError} from '../core/error.ts';
import type {OciAddress} from '../formats/oci-address.ts';
import {believedCertificates} from '../system/registry/certificates.ts';
import {connect} from '../system/registry/connection.ts';
import {findCredentials} from '../system/registry/credentials.ts';
import {registry, type FoundManifest, type Registry} from '../system/registry/registry.ts';
import type {BuildEnvironment} from './environment.ts';

/** How a registry is reached. */
export interface RegistryOptions {
  /** A file with the certificate of a further authority. */
  readonly ca?: string | undefined;
  /** Whether it is asked without TLS. */
  readonly plainHttp?: boolean | undefined;
  readonly pauseMs?: number;
}

const PAUSE_MS = 500;

/** A repository, as whom the user is logged in there. @throws LeanosError USAGE */
export async function openRegistry(
  {host, repository}: OciAddress,
  actions: 'pull' | 'pull,push',
  {
    ca,
    plainHttp = false,
    pauseMs = PAUSE_MS,
    environment,
    run,
    signal,
  }: RegistryOptions & Pick<BuildEnvironment, 'environment' | 'run' | 'signal'>,
): Promise<Registry> {
  const connection = connect({
    host,
    scope: `repository:${repository}:${actions}`,
    credentials: await findCredentials({host, repository}, {env: environment, run}),
    ca: await believedCertificates(host, {env: environment, file: ca}),
    plainHttp,
    signal,
    pauseMs,
  });
  return registry(connection, {host, repository});
}

/** What an address asks a registry for. */
export function referenceOf({digest, tag}: OciAddress): string {
  return digest ?? tag ?? 'latest';
}

/** @throws LeanosError REGISTRY where there is none */
export async function manifestAt(registry: Registry, reference: string): Promise<FoundManifest> {
  const found = await registry.getManifest(reference);
  if (found !== undefined) return found;
  throw new LeanosError('REGISTRY', `${registry.name} has no ${reference}`);
}
