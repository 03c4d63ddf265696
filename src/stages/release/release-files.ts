import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {formatProvenance} from '../../formats/provenance.ts';
import {formatSpdx, type SpdxPackage} from '../../formats/spdx.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';
import {readVerity, type Verity} from '../usr/usr-verity.ts';
import {hashFile} from '../../system/hash-file.ts';

/** One file of a release: which input it comes from, and the end of its name. */
export type ReleaseFile = {
  readonly kind: string;
  readonly format: string;
  readonly input: string;
  readonly source: string;
  readonly suffix: string;
};

export type ReleaseFilesOptions = {
  /** What every file's name starts with. */
  readonly name: string;
  readonly identity: {
    readonly version: string;
    readonly image: string;
    readonly arch: string;
    readonly base: string;
    readonly commit: string | null;
  };
  /** Which Buildroot it is from, where it is. */
  readonly buildroot?: string;
  /** Of its Linux, where it has one. */
  readonly commandLine?: {readonly disk: string; readonly ram: string; readonly hypervisor?: string};
  /** What it carries. */
  readonly payload?: DescribedPayload;
  readonly files: readonly ReleaseFile[];
  /** Packages that are not in the userland's own list. */
  readonly inputs: {
    readonly kernel: readonly PackagePin[];
    readonly boot: readonly PackagePin[];
    readonly tools: readonly PackagePin[];
  };
};

/** A payload as the manifest has it. */
export type DescribedPayload = {
  readonly file: string;
  /** Of the file as the user has it. */
  readonly sha256: string;
  readonly bytes: number;
  /** What it is: such as `unikernel or kernel: Unikraft`. */
  readonly kind: string;
  readonly forms: readonly string[];
  readonly mode: string;
  readonly arguments: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryBytes: number | null;
  readonly onExit: string | null;
  /** Files and disks that it is given. */
  readonly files: readonly {readonly name: string; readonly sha256: string; readonly arguments?: string}[];
};

/** A file of a release as the manifest and `build --json` name it. */
export interface ReleaseArtifact {
  readonly kind: string;
  readonly format: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file of a release, and where the artifact of which input has it; without that it is a file of the release's own artifact. */
export interface ListedFile extends ReleaseArtifact {
  readonly from?: {readonly input: string; readonly file: string};
}

/**
 * What the user gets: the manifest, the SBOM, the provenance and SHA256SUMS; `artifacts.json` lists them, and before them the files
 * that are described, which stay where they were made.
 */
export const releaseFiles = defineStage<ReleaseFilesOptions, never>({
  name: 'release-files',
  revision: 4,
  tools: [],
  inputs: [],
  async build({options, inputs, digest, out, epoch}) {
    const folders: Readonly<Record<string, string | undefined>> = inputs;
    const artifacts: ListedFile[] = await Promise.all(
      options.files.map(async ({kind, format, input, source: file, suffix}) => ({
        ...{kind, format, path: `${options.name}-${suffix}`, from: {input, file}},
        bytes: (await stat(join(folders[input] ?? '', file))).size,
        sha256: await digest(input, file),
      })),
    );
    const add = async (kind: string, format: string, path: string): Promise<void> => {
      const file = join(out, path);
      artifacts.push({kind, format, path, bytes: (await stat(file)).size, sha256: await hashFile(file)});
    };
    const {userland, usr} = folders;
    const packages = userland === undefined ? [] : await packagesOf(userland);
    const all = [
      ...payloadPackages(options),
      ...packages,
      ...[...options.inputs.kernel, ...options.inputs.boot].map(withoutLicences),
    ];
    await writeFile(
      join(out, `${options.name}-manifest.json`),
      manifest(options, {
        artifacts: artifacts.map(asDelivered),
        packages: all,
        epoch,
        verity: usr === undefined ? undefined : await readVerity(usr),
      }),
    );
    await add('manifest', 'json', `${options.name}-manifest.json`);
    await writeFile(
      join(out, `${options.name}-sbom.spdx.json`),
      formatSpdx(options.name, {packages: all, epoch, supplier: 'leanos'}),
    );
    await add('sbom', 'spdx.json', `${options.name}-sbom.spdx.json`);
    const {commit, ...parameters} = options.identity;
    await writeFile(
      join(out, `${options.name}-provenance.intoto.json`),
      formatProvenance({
        subjects: artifacts,
        parameters: {
          ...parameters,
          ...(options.buildroot === undefined ? {} : {buildroot: options.buildroot}),
        },
        commit,
        epoch,
        packages: [...all, ...options.inputs.tools],
      }),
    );
    await add('provenance', 'intoto.json', `${options.name}-provenance.intoto.json`);
    await writeFile(
      join(out, 'SHA256SUMS'),
      artifacts.map(({sha256, path}) => `${sha256}  ${path}\n`).join(''),
    );
    await add('checksums', 'sha256sum', 'SHA256SUMS');
    await writeFile(join(out, 'artifacts.json'), `${JSON.stringify(artifacts, null, 1)}\n`);
  },
});

function manifest(
  {identity, commandLine, payload, inputs}: ReleaseFilesOptions,
  {
    artifacts,
    packages,
    epoch,
    verity,
  }: {
    artifacts: readonly ReleaseArtifact[];
    packages: readonly SpdxPackage[];
    epoch: number;
    verity: Verity | undefined;
  },
): string {
  const pins = (list: readonly PackagePin[]) =>
    list.map(({name, version, sha256}) => ({name, version, sha256}));
  const value = {
    ...identity,
    epoch,
    ...(commandLine === undefined ? {} : {commandLine}),
    ...(payload === undefined ? {} : {payload}),
    ...(verity === undefined ? {} : {verity}),
    artifacts,
    packages: packages.map(({name, version, architecture, sha256}) => ({
      name,
      version,
      architecture,
      sha256,
    })),
    tools: pins(inputs.tools),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** A file of a release as its reader knows it. */
export function asDelivered({kind, format, path, bytes, sha256}: ListedFile): ReleaseArtifact {
  return {kind, format, path, bytes, sha256};
}

function withoutLicences({name, version, architecture, source, sha256}: PackagePin): SpdxPackage {
  return {name, version, architecture, source, sha256, licences: []};
}

async function packagesOf(userland: string): Promise<SpdxPackage[]> {
  return JSON.parse(await readFile(join(userland, 'packages.json'), 'utf8')) as SpdxPackage[];
}

/** What an image carries, as its bill of materials has it. */
function payloadPackages({payload, identity: {arch}}: ReleaseFilesOptions): SpdxPackage[] {
  if (payload === undefined) return [];
  return [payload, ...payload.files.map((each) => ({file: each.name, sha256: each.sha256}))].map(
    ({file, sha256}) => ({
      name: file,
      version: sha256,
      architecture: arch,
      source: file,
      sha256,
      licences: [],
      origin: 'payload' as const,
    }),
  );
}
