import {packageUrl, type PackageIdentity} from './purl.ts';
import type {SpdxPackage} from './spdx.ts';

/** What a lookup needs of a package. */
export type CheckedPackage = PackageIdentity & Pick<SpdxPackage, 'cpe' | 'ignoredCves'>;

/**
 * A CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/) of packages, for tools that look vulnerabilities up. A
 * CVE that Buildroot says does not concern its package stands there as not affecting it.
 */
export function formatCycloneDx(packages: readonly CheckedPackage[]): string {
  const ignored = new Map<string, string[]>();
  for (const {name, ignoredCves = []} of packages)
    for (const id of ignoredCves) ignored.set(id, [...(ignored.get(id) ?? []), name]);
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components: packages.map((item) => ({
      type: 'library',
      'bom-ref': item.name,
      name: item.name,
      version: item.version,
      purl: packageUrl(item),
      ...(item.cpe === undefined ? {} : {cpe: item.cpe}),
    })),
    vulnerabilities: [...ignored].map(([id, names]) => ({
      'bom-ref': id,
      id,
      analysis: {state: 'not_affected', detail: 'Buildroot says so: by a patch, or by its configuration'},
      affects: names.map((ref) => ({ref})),
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}
