/** What a package URL is made of. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** Absent: Debian. */
  readonly origin?: 'buildroot' | 'payload';
}

/**
 * A package URL (https://github.com/package-url/purl-spec): of the type `deb`, or `generic` for what was built from
 * upstream's source, and for a file that the user gave, whose version is its digest.
 */
export function packageUrl({name, version, architecture, sha256, origin}: PackageIdentity): string {
  const at = `${name}@${encodeURIComponent(version)}`;
  if (origin !== undefined) return `pkg:generic/${at}${sha256 === '' ? '' : `?checksum=sha256:${sha256}`}`;
  return `pkg:deb/debian/${at}?arch=${architecture}`;
}
