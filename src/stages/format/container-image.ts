import {writeFile} from 'node:fs/promises';
import {ARCHITECTURES} from '../../core/architecture.ts';
import {TITLE, VERSION} from '../../formats/oci.ts';
import {encodeOciLayout, type OciLayer} from '../../formats/oci-layout.ts';
import {encodeTar} from '../../formats/tar.ts';
import type {FormatOptions} from './image-format.ts';

/** Writes an OCI layout with one image as a tar, which skopeo and podman call an OCI archive. */
export async function writeContainerImage(
  path: string,
  {
    options: {image, version, arch},
    epoch,
    layers,
    config,
  }: {
    readonly options: FormatOptions;
    readonly epoch: number;
    readonly layers: readonly OciLayer[];
    readonly config: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const entry = {annotations: {[VERSION]: version, 'leanos.arch': arch}};
  const layout = encodeOciLayout({
    layers,
    config,
    platform: {...ARCHITECTURES[arch].oci, os: 'linux'},
    created: new Date(epoch * 1000).toISOString().replace('.000', ''),
    annotations: {[TITLE]: image, ...entry.annotations},
    entry,
    tag: version,
  });
  await writeFile(path, await encodeTar(layout, epoch));
}
