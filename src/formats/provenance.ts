import {packageUrl, type PackageIdentity} from './purl.ts';

/** What was built from what. */
export interface ProvenanceFacts {
  readonly subjects: readonly {readonly path: string; readonly sha256: string}[];
  /** What was asked for: image, architecture, version, base. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly commit: string | null;
  /** Seconds since 1970: the time in all files. */
  readonly epoch: number;
  readonly packages: readonly PackageIdentity[];
}

/**
 * An in-toto statement (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) with SLSA provenance
 * (https://slsa.dev/spec/v1.0/provenance) in JSON. It has no times of the build itself: equal builds have equal bytes.
 */
export function formatProvenance({subjects, parameters, commit, epoch, packages}: ProvenanceFacts): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({path, sha256}) => ({name: path, digest: {sha256}})),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:leanos:image:1',
        externalParameters: parameters,
        internalParameters: {SOURCE_DATE_EPOCH: epoch},
        resolvedDependencies: [
          ...(commit === null ? [] : [{uri: 'urn:leanos:checkout', digest: {gitCommit: commit}}]),
          ...packages.map((item) => ({uri: packageUrl(item), digest: {sha256: item.sha256}})),
        ],
      },
      runDetails: {builder: {id: 'urn:leanos:builder'}},
    },
  };
  return `${JSON.stringify(statement, null, 1)}\n`;
}
