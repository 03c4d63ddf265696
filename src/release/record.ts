import {mkdir, readdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {diagnose} from '../config/check.ts';
import {parseYaml} from '../config/yaml.ts';
import {configError} from '../core/diagnostic.ts';
import {compareVersions, isReleaseVersion} from '../core/version.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is needed');
const tests = z.strictObject({
  /** The digest of the /usr image that was tested. */
  usr: digest,
  passed: z.int(),
  failed: z.int(),
  accelerator: z.string(),
  at: z.string(),
});
const recordSchema = z.strictObject({
  version: z.string(),
  /** The commit that it was made from. */
  commit: z.string(),
  /** Seconds since 1970: the time in all of its files. */
  epoch: z.int(),
  /** By `IMAGE-ARCH`: the digest of every artifact by its kind, and how its test went. */
  images: z.record(
    z.string(),
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
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const document = parseYaml(bytes, `releases/${version}/release.json`);
  const diagnostics = diagnose(document, recordSchema);
  if (diagnostics.length > 0) throw configError(diagnostics);
  return recordSchema.parse(document.value);
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

/** Writes a file beside its place, then puts it there. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}
