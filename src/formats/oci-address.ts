import {LeanosError} from '../core/error.ts';

/** A place in an OCI registry. */
export interface OciAddress {
  /** Host and, where it is not the usual one, port. */
  readonly host: string;
  readonly repository: string;
  /** Neither: what the registry calls latest, or the version of what is brought there. */
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
}

export const OCI_SCHEME = 'oci://';

/** The grammar of names and tags: the OCI distribution specification, "Pulling manifests". */
const HOST = String.raw`(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?`;
const PART = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const TAG = String.raw`[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`;
const ADDRESS = new RegExp(
  String.raw`^oci://(${HOST})/(${PART}(?:/${PART})*)(?::(${TAG})|@(sha256:[0-9a-f]{64}))?$`,
);

/** Whether a text is meant as an address in a registry. */
export function isOciAddress(text: string): boolean {
  return text.startsWith(OCI_SCHEME);
}

/** @throws LeanosError USAGE */
export function parseOciAddress(text: string): OciAddress {
  const [, host, repository, tag, digest] = ADDRESS.exec(text) ?? [];
  if (host === undefined || repository === undefined)
    throw new LeanosError('USAGE', `${text} is no address in a registry${whyNot(text)}`, {
      hint: 'oci://HOST/NAME:TAG     such as oci://ghcr.io/example/leanos:stable; NAME is in small letters',
    });
  return {
    host,
    repository,
    ...(tag === undefined ? {} : {tag}),
    ...(digest === undefined ? {} : {digest}),
  };
}

export function formatOciAddress({host, repository, tag, digest}: OciAddress): string {
  const end = digest === undefined ? (tag === undefined ? '' : `:${tag}`) : `@${digest}`;
  return `${OCI_SCHEME}${host}/${repository}${end}`;
}

function whyNot(text: string): string {
  if (!isOciAddress(text)) return `: it does not begin with ${OCI_SCHEME}`;
  if (/^oci:\/\/[^/]*@/.test(text)) return ': a password has no place in an address';
  if (/[A-Z]/.test(text.split('/').slice(3).join('/').split(':')[0] ?? ''))
    return ': names in registries have no capital letters';
  return '';
}
