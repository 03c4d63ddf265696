import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {decodeTar} from '../../formats/tar.ts';
import type {FileTree} from '../../formats/file-tree.ts';
import type {SpdxPackage} from '../../formats/spdx.ts';
import type {BuildContext} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';
import type {Run} from '../../system/run.ts';
import {OWN_FILES, repositoryName} from '../../system/more-sources.ts';
import {address} from '../../system/fetch.ts';
import {licencesOf} from './licences.ts';

/** A package with its files. */
export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly tree: FileTree;
  /** What of its files is another than in its archive; absent: nothing. */
  readonly changed?: string;
  /** Where its archive is on this machine. */
  readonly archive: string;
}

/** Options of a stage that is made of nothing but Debian packages. */
export type PackageOptions = {
  readonly packages: readonly PackagePin[];
  /** The addresses of repositories beside Debian's archives, by the scheme of their pins; absent: none. */
  readonly repositories?: Readonly<Record<string, string>>;
};

/** What reads a part of a Debian package; `scratch` is a file name that is free for the while. */
interface Reading {
  readonly run: Run;
  readonly scratch: string;
}

/** The files in a Debian package, with their owners and modes. */
export async function readPackage(archive: string, reading: Reading): Promise<FileTree> {
  return readPart(archive, '--fsys-tarfile', reading);
}

/** The control files of a Debian package: deb-control(5), maintainer scripts, triggers. */
export async function readControl(archive: string, reading: Reading): Promise<FileTree> {
  return readPart(archive, '--ctrl-tarfile', reading);
}

async function readPart(
  archive: string,
  part: '--fsys-tarfile' | '--ctrl-tarfile',
  {run, scratch}: Reading,
): Promise<FileTree> {
  await run(['dpkg-deb', part, archive], {outputFile: scratch});
  const tree = await decodeTar(await readFile(scratch));
  await rm(scratch);
  return tree;
}

type Facts = Pick<BuildContext<PackageOptions, never>, 'options' | 'out'>;

/** Reads the packages of a stage, in their order, and says in `packages.json` of each what manifest and SBOM need. */
export async function readPackages(
  context: Facts & Pick<BuildContext<PackageOptions, never>, 'run' | 'fetch'>,
): Promise<readonly UnpackedPackage[]> {
  const read = await readPinned(context.options.packages, context);
  await writeFacts(read, context);
  return read;
}

/** Says in `packages.json` of each package of a stage what manifest and SBOM need; `sandboxed` is what is left of each to a guest. */
export async function writeFacts(
  read: readonly UnpackedPackage[],
  {options, out}: Facts,
  sandboxed: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<void> {
  const facts = options.packages.map((pin, index): SpdxPackage => {
    const {name, version, architecture, source, sha256} = pin;
    const licences = licencesOf(read[index]?.tree ?? new Map<string, never>(), name);
    const left = sandboxed.get(name);
    const scripts = left === undefined ? {} : {sandboxed: {left}};
    const changed = read[index]?.changed;
    return {
      ...{name, version, architecture, source, sha256, licences},
      ...scripts,
      ...(changed === undefined ? {} : {changed}),
      ...beyondDebian(pin, options),
    };
  });
  await writeFile(join(out, 'packages.json'), `${JSON.stringify(facts, null, 1)}\n`);
}

/** The same packages with their control files. */
export async function withControl(
  packages: readonly UnpackedPackage[],
  {run, out}: Pick<BuildContext<PackageOptions, never>, 'run' | 'out'>,
): Promise<(UnpackedPackage & {readonly control: FileTree})[]> {
  const read: (UnpackedPackage & {readonly control: FileTree})[] = [];
  for (const each of packages)
    read.push({...each, control: await readControl(each.archive, {run, scratch: join(out, '.control.tar')})});
  return read;
}

/** Reads packages as a stage's own, in their order. */
export async function readPinned(
  pins: readonly PackagePin[],
  {out, run, fetch}: Pick<BuildContext<PackageOptions, never>, 'out' | 'run' | 'fetch'>,
): Promise<readonly UnpackedPackage[]> {
  const archives = await fetch(pins);
  const read: UnpackedPackage[] = [];
  for (const [index, {name, version, architecture}] of pins.entries()) {
    const archive = archives[index] ?? '';
    const tree = await readPackage(archive, {run, scratch: join(out, '.package.tar')});
    read.push({name, version, architecture, tree, archive});
  }
  return read;
}

/** What is said of a package that is not of Debian's archives. */
function beyondDebian(
  {url}: PackagePin,
  {repositories = {}}: PackageOptions,
): Pick<SpdxPackage, 'origin' | 'repository' | 'address'> & {readonly source?: string} {
  const [, scheme = '', path = ''] = /^([\w-]+):(.*)$/.exec(url) ?? [];
  if (OWN_FILES.includes(scheme)) return {origin: 'file', source: path};
  const base = repositories[scheme];
  if (base === undefined) return {};
  return {origin: 'repository', repository: repositoryName(scheme), address: address(url, repositories)};
}
