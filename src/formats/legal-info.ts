/** A package as `make legal-info` tells of it (Buildroot's manual, "Complying with open source licenses"). */
export interface LegalPackage {
  readonly name: string;
  readonly version: string;
  readonly licences: readonly string[];
  /** The name of the source file; empty where there is none. */
  readonly archive: string;
  /** The address of the folder that the source file is in; empty where it has none. */
  readonly site: string;
  /** Empty where the source must not be passed on. */
  readonly sha256: string;
  /** By name, which is the order in which they were applied. */
  readonly patches: readonly {readonly name: string; readonly sha256: string}[];
}

/**
 * The packages of `manifest.csv`, with the sha256 of their sources and patches from `legal-info.sha256`, which has the
 * files of the folder by their paths: `sources/NAME-VERSION/FILE`. Packages without a version are Buildroot's own parts,
 * and left out.
 */
export function parseLegalInfo(manifest: string, sums: string): LegalPackage[] {
  const digests = parseSums(sums);
  return manifest
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map(fields)
    .filter(([, version]) => version !== '')
    .map(([name = '', version = '', licence = '', , archive = '', site = '']) => {
      const folder = `sources/${name}-${version}/`;
      const patches = [...digests].filter(([path]) => path.startsWith(folder) && path.endsWith('.patch'));
      return {
        name,
        version,
        licences: licence.split(/, (?![^(]*\))/).filter((text) => text !== '' && text !== 'unknown'),
        archive,
        site,
        sha256: digests.get(`${folder}${archive}`) ?? '',
        patches: patches.map(([path, sha256]) => ({name: path.slice(folder.length), sha256})),
      };
    });
}

/** Buildroot quotes every field, and never a quote within one. */
function fields(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text.trim());
}

/** sha256sum's lines, by path. */
function parseSums(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, digest = '', path = '']) => [path, digest]),
  );
}
