import {stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {DebFile, ImageDefinition, RepositoryDefinition} from '../config/image.ts';
import {parseReference, placeOf, type Places} from '../config/places.ts';
import type {Architecture} from '../core/architecture.ts';
import {sha256} from '../core/canonical.ts';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import {LeanosError, type ErrorCode} from '../core/error.ts';
import {readPackage} from '../stages/userland/packages.ts';
import {parseStanzas} from '../system/apt.ts';
import {hashFile} from '../system/hash-file.ts';
import {repositoryAddresses, type LocalPackage, type Repository} from '../system/more-sources.ts';
import {PlainNames} from '../system/plain-names.ts';
import {readRegular} from '../system/regular-file.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';

interface Reading {
  readonly places: Places;
  readonly arch: Architecture;
  readonly run: Run;
}

/** What was read, or what is wrong with it. */
type Read<T> = {readonly value: T} | {readonly wrong: Diagnostic};

/**
 * The definition with what its packages come from beside Debian's archives: the files that it names are read, and their names are
 * among its packages.
 * @throws LeanosError CONFIG_INVALID with each file that is none, is damaged, or is for another architecture
 */
export async function withPackageSources(image: ImageDefinition, reading: Reading): Promise<ImageDefinition> {
  const wanted = image.base.userland === 'debian' ? image.debs : [];
  const once = [...new Map(wanted.map((each) => [each.path, each])).values()];
  const debs = await Promise.all(once.map((each) => readDeb(each, reading)));
  const repositories = await Promise.all(image.repositories.map((each) => readKeyring(each, reading)));
  const found = values(debs);
  const wrong = [
    ...faults(debs),
    ...faults(repositories),
    ...twins(found.map(({deb}) => deb)),
    ...withoutBase(image),
  ];
  if (wrong.length > 0) throw configError(wrong);
  const named = found.map(({deb: {name}, files}) => (files === undefined ? {name} : {name, files}));
  const others = image.packages.debian.filter(({name}) => !named.some((each) => each.name === name));
  return {
    ...image,
    packages: {...image.packages, debian: [...others, ...named]},
    more: {...image.more, debs: found.map(({deb}) => deb), repositories: values(repositories)},
  };
}

function values<T>(read: readonly Read<T>[]): T[] {
  return read.flatMap((each) => ('value' in each ? [each.value] : []));
}

function faults(read: readonly Read<unknown>[]): Diagnostic[] {
  return read.flatMap((each) => ('wrong' in each ? [each.wrong] : []));
}

/** A list for any base names what only one of them can take. */
function withoutBase({base, debs}: ImageDefinition): Diagnostic[] {
  if (base.userland === 'debian') return [];
  return debs
    .filter(({isForAnyBase}) => isForAnyBase)
    .map(({path, said}) => ({
      ...said,
      message: `${path} is a package of Debian, and the userland is of ${base.userland}; packages: {debian: […]} is for that base alone`,
    }));
}

function twins(debs: readonly LocalPackage[]): Diagnostic[] {
  return debs
    .filter(({name}, index) => debs.findIndex((each) => each.name === name) < index)
    .map(({name, said}) => ({...said, message: `it is the package ${name}, as a file before it is`}));
}

async function readDeb(
  {path, sha256: wanted, files, said}: DebFile,
  {places, arch, run}: Reading,
): Promise<Read<{deb: LocalPackage; files: readonly string[] | undefined}>> {
  const wrong = (message: string): {wrong: Diagnostic} => ({wrong: {...said, message}});
  const {root, path: inner} = placeOf(path, places);
  const file = join(root, inner);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return wrong(`there is no file ${inner} in ${root}`);
  const digest = await hashFile(file);
  if (wanted !== undefined && wanted !== digest)
    return wrong(`${inner} has the sha256 ${digest}, and not ${wanted}`);
  const control = await wholeControl(file, run);
  if (typeof control !== 'string') return wrong(`${inner} is no whole package of Debian: ${control.why}`);
  const [stanza = new Map<string, string>()] = parseStanzas(control);
  const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map((field) =>
    stanza.get(field),
  );
  if (architecture !== 'all' && architecture !== arch.debian)
    return wrong(`${inner} is for ${architecture}, and the image for ${arch.debian}`);
  const scheme = parseReference(path).isBrought ? 'leanos' : 'project';
  const url = `${scheme}:${inner}`;
  return {value: {deb: {name, version, url, bytes: found.size, sha256: digest, control, said}, files}};
}

/** The control file of a package all of whose parts can be read, or why that is not so. */
async function wholeControl(file: string, run: Run): Promise<string | {readonly why: string}> {
  using names = new PlainNames();
  await using temporary = await temporaryFolder(tmpdir());
  const plain = join(names.of(join(file, '..')), file.slice(file.lastIndexOf('/') + 1));
  try {
    await readPackage(plain, {run, scratch: join(temporary.path, 'files.tar')});
    return await run(['dpkg-deb', '--field', plain]);
  } catch (error) {
    if (!(error instanceof LeanosError) || !OF_THE_PACKAGE.has(error.code)) throw error;
    return {why: (error.message.trim().split('\n').at(-1) ?? '').trim()};
  }
}

/** What is said of a package itself: that dpkg-deb does not read it, or that leanos does not take one of its files. */
const OF_THE_PACKAGE: ReadonlySet<ErrorCode> = new Set(['COMMAND_FAILED', 'FILE']);

/** How an armoured file begins (RFC 9580, 6.2), and what the packet of a key does (4.2 and 5): tag 6, in either form. */
const ARMOUR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const KEY_TAGS: readonly number[] = [0x98, 0x99, 0x9a, 0xc6];

/** Debian's own has 60 KB. */
const MOST_KEYRING_BYTES = 2 ** 24;

/** What stands at a path in place of a file. */
function whyNot(error: unknown): {readonly why: string} {
  if (error instanceof LeanosError) return {why: error.message};
  throw error;
}

async function readKeyring(
  {keyring: path, ...repository}: RepositoryDefinition,
  {places}: Reading,
): Promise<Read<Repository>> {
  const wrong = (message: string): Read<Repository> => ({wrong: {...repository.said, message}});
  const {root, path: inner} = placeOf(path, places);
  const bytes = await readRegular(join(root, inner), {most: MOST_KEYRING_BYTES}).catch(whyNot);
  if (bytes === undefined) return wrong(`there is no keyring ${inner} in ${root}`);
  if (!Buffer.isBuffer(bytes)) return wrong(bytes.why);
  const isArmoured = bytes.includes(ARMOUR);
  if (!isArmoured && !KEY_TAGS.includes(bytes[0] ?? 0))
    return wrong(`${inner} has no OpenPGP keys; gpg --export --armor writes such a file`);
  return {value: {...repository, keyring: {path: join(root, inner), sha256: sha256(bytes), isArmoured}}};
}

/** The base addresses that the schemes of an image's pins stand for beside those of Debian's archives. */
export function packageAddresses(
  {more}: Pick<ImageDefinition, 'more'>,
  {home, project}: Places,
): Readonly<Record<string, string>> {
  return {
    project: pathToFileURL(project).href,
    leanos: pathToFileURL(home).href,
    ...repositoryAddresses(more.repositories),
  };
}
