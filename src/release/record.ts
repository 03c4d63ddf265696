import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {FORMAT_KINDS} from '../stages/format/image-format.ts';
import {diagnose} from '../config/check.ts';
import {parseYaml} from '../config/yaml.ts';
import {configError} from '../core/diagnostic.ts';
import {BUILD_NAME, COMMIT, SHA256} from '../core/names.ts';
import {compareVersions, isReleaseVersion} from '../core/version.ts';
import {shownPath} from '../system/shown-path.ts';
import {readRegular} from '../system/regular-file.ts';
import {writeWhole} from '../system/whole-file.ts';

/** What differs from channel to channel, or only describes the rest. Of each other kind an image has one file. */
const NOT_RECORDED: ReadonlySet<string> = new Set([
  ...FORMAT_KINDS,
  'manifest',
  'provenance',
  'checksums',
  'description',
]);
/** A record is a page of text for each image. */
const MOST_BYTES = 2 ** 20;

const digest = z.string().regex(SHA256, 'a sha256 is needed');
const time = z.iso.datetime({message: 'a time in UTC is needed, such as "2026-11-21T12:00:00Z"'});
const tests = z.strictObject({
  /** The digest of the /usr image that was tested. */
  usr: digest,
  passed: z.int(),
  failed: z.int(),
  accelerator: z.string(),
  at: time,
});
const recordSchema = z.strictObject({
  version: z.string().refine(isReleaseVersion, 'the version of a release is needed, such as "4890.0.0"'),
  /** The commit that it was made from. */
  commit: z.string().regex(COMMIT, 'a whole commit is needed: 40 hexadecimal digits'),
  /** Seconds since 1970: the time in all of its files. */
  epoch: z.int(),
  /** What made it, where that is not in the commit: its version, and the digest of what it brought to the images. */
  leanos: z.strictObject({version: z.string(), digest}).optional(),
  /** By `IMAGE-ARCH`: the digest of every artifact by its kind, and how its test went. */
  images: z.record(
    z.string().regex(BUILD_NAME, 'IMAGE-ARCH is needed, such as "test-x86_64"'),
    z.strictObject({digests: z.record(z.string(), digest), tests: tests.optional()}),
  ),
});

export type TestOutcome = z.infer<typeof tests>;
/** One version of the images: what `releases/VERSION/release.json` says, for ever. */
export type ReleaseRecord = z.infer<typeof recordSchema>;

export function recordFolder(checkout: string, version: string): string {
  return join(checkout, 'releases', version);
}

/** The record of a version, or `undefined` where there is none. @throws LeanosError CONFIG_INVALID for one that is damaged */
export async function loadRecord(checkout: string, version: string): Promise<ReleaseRecord | undefined> {
  const path = join(recordFolder(checkout, version), 'release.json');
  const bytes = await readRegular(path, {most: MOST_BYTES});
  if (bytes === undefined) return undefined;
  const document = parseYaml(bytes, shownPath(path));
  const diagnostics = diagnose(document, recordSchema);
  if (diagnostics.length > 0) throw configError(diagnostics);
  const record = recordSchema.parse(document.value);
  if (record.version !== version)
    throw configError([
      document.at(['version'], `found "${record.version}"; this is the record of ${version}`),
    ]);
  return record;
}

/** Whether a kind of artifact has the same bytes in every channel for ever, so that the record has its digest. */
export function isRecorded(kind: string): boolean {
  return !NOT_RECORDED.has(kind);
}

/** Writes a record whole or not at all. */
export async function writeRecord(checkout: string, record: ReleaseRecord): Promise<void> {
  const folder = recordFolder(checkout, record.version);
  await mkdir(folder, {recursive: true});
  await writeWhole(join(folder, 'release.json'), `${JSON.stringify(record, null, 1)}\n`);
}

/** The versions that were ever released, the oldest first. */
export async function releasedVersions(checkout: string): Promise<string[]> {
  const names = await readdir(join(checkout, 'releases')).catch(() => []);
  return names.filter(isReleaseVersion).sort(compareVersions);
}
