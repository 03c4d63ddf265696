import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import type {FileTree} from '../formats/file-tree.ts';
import {blobPath, dataOf, decodeOciLayout} from '../formats/oci-layout.ts';
import {decodeTar} from '../formats/tar.ts';
import {imageFormatOf, type FormatName} from '../stages/format/image-formats.ts';
import type {BuildFolder} from './build-folder.ts';
import {indexEntry} from './oci-artifact.ts';
import type {Pushed} from './push.ts';

/** The container image of a build, as its OCI archive has it, blob by blob. @throws LeanosError USAGE, FILE */
export async function pushedContainer(
  {folder, identity, files}: BuildFolder,
  format: FormatName,
): Promise<Pushed> {
  const {kind} = imageFormatOf(format);
  const found = files.find((file) => file.kind === kind && file.format === format);
  if (found === undefined)
    throw new LeanosError('USAGE', `${folder} has no format ${format}`, {
      hint: `leanos build --image ${identity.image} --arch ${identity.arch} --format ${format}     makes it`,
    });
  const path = join(folder, found.name);
  const layout = await decodeTar(await readFile(path)).catch((): FileTree => new Map());
  const container = decodeOciLayout(layout);
  if (container === undefined) throw new LeanosError('FILE', `${path} is no OCI archive of one image`);
  const {mediaType, digest, size} = container.manifest.descriptor;
  return {
    manifest: {
      bytes: container.manifest.bytes,
      descriptor: {mediaType, digest, size, ...indexEntry({...identity, format})},
    },
    blobs: container.blobs.map((descriptor) => ({
      name: `${found.name} ${descriptor.digest.slice('sha256:'.length, 'sha256:'.length + 12)}`,
      descriptor,
      source: dataOf(layout, blobPath(descriptor.digest)),
    })),
  };
}
