import {derivedUuid} from './disk-layout.ts';
import {packageUrl, type PackageOrigin} from './purl.ts';

/** A package in a software bill of materials. */
export interface SpdxPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
  readonly sha256: string;
  /** As the package's copyright file names them; empty where that is prose. */
  readonly licences: readonly string[];
  /**
   * Absent: a package of Debian. Else `source` is upstream's file that Buildroot built it from, and `sha256` is that
   * file's; or it is a file that the user gave, whose path `source` is, or it is of a repository beside Debian's archives.
   */
  readonly origin?: PackageOrigin;
  /** The name of that repository. */
  readonly repository?: string;
  /** The version that Buildroot's recipe is for, where it is another. */
  readonly recipe?: string;
  /** Where upstream's file is to be had. */
  readonly address?: string;
  /** Whose maintainer scripts were run in a sandbox, with the paths of what they make other each time. */
  readonly sandboxed?: {readonly left: readonly string[]};
  /** What leanos changed in its programs. */
  readonly changed?: string;
  /** CPE 2.3. */
  readonly cpe?: string;
  /** CVEs that Buildroot says do not concern it. */
  readonly ignoredCves?: readonly string[];
  /** The patches that Buildroot applied. */
  readonly patches?: readonly {readonly name: string; readonly sha256: string}[];
}

/** An SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/) in JSON of what an image contains. */
export function formatSpdx(
  name: string,
  {packages, epoch, supplier}: {packages: readonly SpdxPackage[]; epoch: number; supplier: string},
): string {
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `urn:uuid:${derivedUuid(`${name} ${epoch} ${packages.map(({sha256}) => sha256).join(' ')}`)}`,
    creationInfo: {
      created: new Date(epoch * 1000).toISOString().replace('.000', ''),
      creators: [`Tool: ${supplier}`],
    },
    packages: packages.map(spdxPackage),
    relationships: packages.map((item) => ({
      spdxElementId: 'SPDXRef-DOCUMENT',
      relationshipType: 'DESCRIBES',
      relatedSpdxElement: reference(item),
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function spdxPackage(item: SpdxPackage): Record<string, unknown> {
  const {name, version, sha256, licences, origin, cpe} = item;
  const comment = commentOn(item);
  return {
    SPDXID: reference(item),
    name,
    versionInfo: version,
    supplier: origin === undefined ? 'Organization: Debian' : 'NOASSERTION',
    downloadLocation: item.address ?? 'NOASSERTION',
    filesAnalyzed: false,
    sourceInfo: sourceInfo(item),
    ...(sha256 === '' ? {} : {checksums: [{algorithm: 'SHA256', checksumValue: sha256}]}),
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    ...(licences.length === 0
      ? {}
      : {
          licenseComments: `${origin === 'buildroot' ? 'Buildroot' : "The package's copyright file"} names: ${licences.join('; ')}`,
        }),
    copyrightText: 'NOASSERTION',
    ...(comment === '' ? {} : {comment}),
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: packageUrl(item),
      },
      ...(cpe === undefined
        ? []
        : [{referenceCategory: 'SECURITY', referenceType: 'cpe23Type', referenceLocator: cpe}]),
    ],
  };
}

/** What a reader of the SBOM has to know of a package beside its version; mostly nothing. */
function commentOn({sandboxed, changed}: SpdxPackage): string {
  const scripts = sandboxed === undefined ? [] : [sandboxComment(sandboxed.left)];
  return [...scripts, ...(changed === undefined ? [] : [`leanos changed it: ${changed}`])].join('. ');
}

function sandboxComment(left: readonly string[]): string {
  const without = left.length === 0 ? '' : `, without /${left.join(', /')}, which they make other each time`;
  return `The image has what its maintainer scripts made in a sandbox${without}`;
}

function sourceInfo(item: SpdxPackage): string {
  return item.origin === undefined
    ? `built from the Debian source package ${item.source}`
    : SOURCES[item.origin](item);
}

const given = ({source}: SpdxPackage): string => `the file ${source}, as it was given`;

/** What is said of the source of a package, by where it comes from. */
const SOURCES: Readonly<Record<PackageOrigin, (item: SpdxPackage) => string>> = {
  buildroot: builtFrom,
  payload: given,
  file: given,
  repository: ({source, repository = ''}) =>
    `built from the source package ${source}, by whoever has the repository ${repository}`,
};

function builtFrom({source, recipe, patches = []}: SpdxPackage): string {
  const patched = patches.map(({name, sha256}) => `${name} (sha256 ${sha256})`);
  const by = recipe === undefined ? 'Buildroot' : `Buildroot with its recipe for ${recipe}`;
  return `built by ${by} from ${source}${patched.length === 0 ? '' : `, patched by ${patched.join(', ')}`}`;
}

function reference({name, architecture}: SpdxPackage): string {
  return `SPDXRef-${name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${architecture}`;
}
