import {basename} from 'node:path';
import {FORMAT_NAMES, formatFiles, imageFormatOf} from '../stages/format/image-formats.ts';
import type {StreamNames} from '../stages/format/image-format.ts';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';
import {hashFile} from '../system/hash-file.ts';
import {releasePlace, type PublishedBuild} from './signed-release.ts';
import type {StreamBuild, StreamItem} from './simplestreams.ts';

/** A file of a format, and what simplestreams calls it. */
interface Listed {
  readonly artifact: ReleaseArtifact;
  readonly streams: StreamNames;
}

/** What simplestreams lists of a build: the files of every format that it has, by the table of formats. */
export async function streamBuild(build: PublishedBuild, channel: string): Promise<StreamBuild> {
  const {image, arch, version, artifacts} = build;
  const place = releasePlace(channel, build);
  const listed = listedFiles(artifacts);
  const items: StreamItem[] = [];
  for (const {artifact, streams} of listed) {
    const {path, bytes: size, sha256} = artifact;
    const combined = await combinedSums(artifact, streams, listed);
    for (const ftype of streams.ftypes)
      items.push({ftype, path: `${place}/${basename(path)}`, size, sha256, combined});
  }
  return {channel, image, arch, version, items};
}

function listedFiles(artifacts: readonly ReleaseArtifact[]): Listed[] {
  return FORMAT_NAMES.flatMap((name) => {
    const {kind} = imageFormatOf(name);
    return formatFiles(name).flatMap(({format, streams}) => {
      const artifact = artifacts.find((each) => each.kind === kind && each.format === format);
      return artifact === undefined ? [] : [{artifact, streams}];
    });
  });
}

/** The sums of a file and of others that the build has too. */
async function combinedSums(
  {path}: ReleaseArtifact,
  {combined = {}}: StreamNames,
  listed: readonly Listed[],
): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const [ftype, name] of Object.entries(combined)) {
    const other = listed.find(({streams: {ftypes}}) => ftypes.includes(ftype));
    if (other !== undefined) sums[name] = await hashFile(path, other.artifact.path);
  }
  return sums;
}
