/** What a package URL is made of. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** Absent: Debian. */
  readonly origin?: PackageOrigin;
  /** The name of a repository beside Debian's archives. */
  readonly repository?: string;
}

/** Where a package comes from that is not of Debian's archives. */
export type PackageOrigin = 'buildroot' | 'payload' | 'file' | 'repository';

/**
 * A package URL (https://github.com/package-url/purl-spec): of the type `deb`, or `generic` for what was built from
 * upstream's source, and for a file that the user gave, which is known by its digest.
 */
export function packageUrl(item: PackageIdentity): string {
  const {name, version, architecture, sha256, origin, repository} = item;
  const at = `${name}@${encodeURIComponent(version)}`;
  if (repository !== undefined)
    return `pkg:deb/${repository}/${at}?arch=${architecture}&checksum=sha256:${sha256}`;
  if (origin !== undefined) return `pkg:generic/${at}${sha256 === '' ? '' : `?checksum=sha256:${sha256}`}`;
  return `pkg:deb/debian/${at}?arch=${architecture}`;
}
