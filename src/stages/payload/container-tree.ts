import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {containersOf, type Container} from '../../formats/container.ts';
import {rootOfLayers} from '../../formats/container-layers.ts';
import {runtimeConfig} from '../../formats/container-runtime.ts';
import {file, type FileTree} from '../../formats/file-tree.ts';
import {blobPath, dataOf} from '../../formats/oci-layout.ts';
import {ociDigest, type Descriptor} from '../../formats/oci.ts';
import {decodeTar, encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {Run} from '../../system/run.ts';
import {usrSquashfsArgs} from '../usr/usr-squashfs.ts';
import {PAYLOAD_FILE} from './payload-file.ts';

export type ContainerTreeOptions = {
  /** The architecture, as the image specification names it. */
  readonly architecture: string;
  /** In place of the image's command. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of the guest that gets the files, and the one that keeps volumes. */
  readonly folder: string;
  readonly volumes: string;
};

/** What unpacks a layer, by how its media type ends; a plain one is not packed. */
const UNPACKERS: readonly (readonly [end: RegExp, program: 'gzip' | 'zstd'])[] = [
  [/[+.]gzip$/, 'gzip'],
  [/[+.]zstd$/, 'zstd'],
];

/**
 * A container image of an OCI layout in a tar as the lean Linux runs it, `tree.tar`: its files as one squashfs, which other names in
 * /usr do not meet, its runtime configuration, and a line for each of its volumes.
 */
export const containerTree = defineStage<ContainerTreeOptions, 'payload'>({
  name: 'container-tree',
  revision: 1,
  tools: ['sqfstar', 'gzip', 'zstd'],
  inputs: ['payload'],
  timeless: true,
  detail: ({architecture}) => architecture,
  async build({options, inputs, out, run}) {
    const layout = await decodeTar(await readFile(join(inputs.payload, PAYLOAD_FILE)));
    const container = containersOf(layout).find((each) => each.architecture === options.architecture);
    if (container === undefined)
      throw new Error(`the payload has no container image for ${options.architecture}`);
    const root = await rootOf(container, layout, {run, scratch: join(out, '.layer')});
    const config = configOf(container, root, options);
    const squashfs = join(out, '.root');
    const tar = join(out, '.root.tar');
    await writeFile(tar, await encodeTar(root, 0));
    await run(
      ['sqfstar', ...usrSquashfsArgs({compression: 'zstd', level: 9, blockBytes: 262_144}), squashfs],
      {
        inputFile: tar,
        env: {SOURCE_DATE_EPOCH: '0'},
      },
    );
    const tree = new Map([
      [`${options.folder}/root.squashfs`, file(await readFile(squashfs))],
      [`${options.folder}/config.json`, file(`${JSON.stringify(config, null, 1)}\n`)],
      [`${options.folder}/volumes`, file(container.volumes.map((path) => `${path}\n`).join(''))],
    ]);
    await rm(squashfs);
    await rm(tar);
    await writeFile(join(out, 'tree.tar'), await encodeTar(tree, 0));
  },
});

/** @throws LeanosError where its user is nobody of its own */
function configOf(
  container: Container,
  root: FileTree,
  options: ContainerTreeOptions,
): Record<string, unknown> {
  try {
    return runtimeConfig(container, root, options);
  } catch (error) {
    throw new LeanosError('USAGE', `the container image cannot be run: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** All layers over one another. @throws LeanosError for what is not what its digest says */
async function rootOf(
  container: Container,
  layout: FileTree,
  doors: {readonly run: Run; readonly scratch: string},
): Promise<FileTree> {
  const layers: FileTree[] = [];
  for (const layer of container.layers)
    layers.push(await layerOf(layer, dataOf(layout, blobPath(layer.digest)), doors));
  return rootOfLayers(layers);
}

async function layerOf(
  {digest, mediaType}: Descriptor,
  bytes: Buffer,
  {run, scratch}: {readonly run: Run; readonly scratch: string},
): Promise<FileTree> {
  if (ociDigest(bytes) !== digest)
    throw new LeanosError(
      'USAGE',
      `the container image's layer ${digest} is not there, or is not what its digest says`,
    );
  const program = UNPACKERS.find(([end]) => end.test(mediaType))?.[1];
  if (program === undefined) return treeOf(bytes, digest);
  const tar = `${scratch}.tar`;
  await writeFile(scratch, bytes);
  await run([program, '--decompress', '--stdout'], {inputFile: scratch, outputFile: tar});
  const tree = await treeOf(await readFile(tar), digest);
  await rm(scratch);
  await rm(tar);
  return tree;
}

function treeOf(tar: Buffer, digest: string): Promise<FileTree> {
  return decodeTar(tar).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new LeanosError('USAGE', `the container image's layer ${digest} cannot be taken: ${why}`, {
      cause: error,
    });
  });
}
