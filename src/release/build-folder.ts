import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {z} from 'zod';
import {isArchitectureName, type ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {hashFile} from '../system/hash-file.ts';
import type {ArtifactFile, ArtifactIdentity} from './oci-artifact.ts';
import {parseSums, SIGNATURE, SUMS} from './verify-folder.ts';

/** A folder as `build` or `publish` leaves it. */
export interface BuildFolder {
  readonly folder: string;
  readonly identity: ArtifactIdentity;
  /** What SHA256SUMS names, SHA256SUMS, and its signatures, in this order. */
  readonly files: readonly ArtifactFile[];
}

const MANIFEST = z.object({
  version: z.string().regex(/^[\w.-]+$/),
  image: z.string(),
  arch: z.string().refine((name): name is ArchitectureName => isArchitectureName(name)),
  base: z.string(),
  commit: z.string().nullable(),
  epoch: z.int(),
  verity: z.object({rootHash: z.string()}).optional(),
  artifacts: z.array(z.object({kind: z.string(), format: z.string(), path: z.string()})),
  packages: z.array(z.object({name: z.string(), version: z.string()})),
});

/** What the manifest of a build says. */
export type BuildManifest = z.infer<typeof MANIFEST>;

/** How the name of a manifest ends. */
export const MANIFEST_END = '-manifest.json';

/** @throws LeanosError FILE */
export function parseBuildManifest(bytes: Buffer, name: string): BuildManifest {
  try {
    return MANIFEST.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new LeanosError('FILE', `${name}: is no manifest of a build`, {cause: error});
  }
}

/** The folders of builds at a path: itself, or those in it. None: it is not about builds. */
export async function findBuildFolders(path: string): Promise<string[]> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.includes(SUMS)) return [path];
  const inside = await Promise.all(
    names.sort().map(async (name) => {
      const children = await readdir(join(path, name)).catch((): string[] => []);
      return children.includes(SUMS) ? [join(path, name)] : [];
    }),
  );
  return inside.flat();
}

/** Reads a folder and checks the digest of every file. @throws LeanosError FILE where it is not whole */
export async function readBuildFolder(folder: string): Promise<BuildFolder> {
  const sums = await readFile(join(folder, SUMS));
  const {digests, bad} = parseSums(sums.toString());
  const name = [...digests.keys()].find((each) => each.endsWith(MANIFEST_END));
  if (name === undefined || bad.length > 0)
    throw new LeanosError('FILE', `${folder} is no folder of a build: ${bad[0] ?? 'it has no manifest'}`);
  const {artifacts, ...identity} = parseBuildManifest(await readFile(join(folder, name)), name);
  const kinds = new Map(artifacts.map(({path, kind, format}) => [path, {kind, format}]));
  const signatures = (await readdir(folder)).filter((each) => SIGNATURE.test(each)).sort();
  const files: ArtifactFile[] = [];
  for (const file of [...digests.keys(), SUMS, ...signatures]) {
    const path = join(folder, file);
    const sha256 = await hashFile(path).catch(() => 'missing');
    const wanted = digests.get(file);
    if (wanted !== undefined && wanted !== sha256)
      throw new LeanosError('FILE', `${path} is not what ${SUMS} says it is: ${sha256}`, {
        hint: `rm ${path}     the next build brings it again`,
      });
    files.push({name: basename(file), bytes: (await stat(path)).size, sha256, ...kinds.get(file)});
  }
  return {folder, identity, files};
}
