import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {processEnvironment} from '../../src/build/environment.ts';
import {openRegistry} from '../../src/build/open-registry.ts';
import {inspectPath} from '../../src/build/inspect-path.ts';
import {payloadAt, payloadInRegistry, type PayloadDoors} from '../../src/build/payload-place.ts';
import {readPayloadFile} from '../../src/build/read-payload.ts';
import {ARCHITECTURES, type ArchitectureName} from '../../src/core/architecture.ts';
import {file} from '../../src/formats/file-tree.ts';
import {encodeIndex, encodeManifest, OCI_MEDIA, ociPart, type OciPart} from '../../src/formats/oci.ts';
import {blobPath} from '../../src/formats/oci-layout.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {run} from '../../src/system/run.ts';
import {mockRegistry, type MockRegistry} from '../support/mock-registry.ts';
import {temporary} from '../support/temporary.ts';

/** A container image by its parts. */
async function container(architecture: string): Promise<{manifest: OciPart; blobs: readonly OciPart[]}> {
  const text = {architecture, os: 'linux', config: {Entrypoint: ['/it']}};
  const config = ociPart(OCI_MEDIA.config, Buffer.from(JSON.stringify(text)));
  const tar = await encodeTar(new Map([['it', file(`a program for ${architecture}`, 0o755)]]), 0);
  const layer = ociPart('application/vnd.oci.image.layer.v1.tar', tar);
  const manifest = encodeManifest(
    {config: config.descriptor, layers: [layer.descriptor]},
    {platform: {os: 'linux', architecture}},
  );
  return {manifest, blobs: [config, layer]};
}

async function layoutFolder(): Promise<string> {
  const {manifest, blobs} = await container('amd64');
  const folder = join(temporary(), 'box');
  const write = (path: string, bytes: Buffer | string): void => {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), bytes);
  };
  write('oci-layout', '{"imageLayoutVersion": "1.0.0"}\n');
  write('index.json', encodeIndex({manifests: [manifest.descriptor]}).bytes);
  for (const {descriptor, bytes} of [manifest, ...blobs]) write(blobPath(descriptor.digest), bytes);
  return folder;
}

const noRegistry = (): Promise<never> => Promise.reject(new Error('no registry is asked'));

describe('a folder with an OCI layout', () => {
  test('is a payload, the same one whatever lies beside what its index leads to', async () => {
    const folder = await layoutFolder();
    const doors = {downloads: join(temporary(), 'downloads'), registry: noRegistry};
    const {path, name} = await payloadAt(folder, doors);
    const {file: taken, payload} = await readPayloadFile(path, run, name);
    expect([taken.name, payload.kind, payload.arches]).toEqual(['box', 'container image (OCI)', ['x86_64']]);
    writeFileSync(join(folder, blobPath(`sha256:${'0'.repeat(64)}`)), 'of another image');
    expect(await payloadAt(folder, doors)).toEqual({path, name});
  });

  test('is explained', async () => {
    const folder = await layoutFolder();
    expect(await inspectPath(folder, processEnvironment())).toMatchObject({
      file: folder,
      kind: 'container image (OCI archive)',
      facts: {runs: ['amd64: /it']},
    });
  });

  test('that lacks a part of it is refused', async () => {
    const folder = await layoutFolder();
    rmSync(join(folder, 'blobs'), {recursive: true});
    const doors = {downloads: temporary(), registry: noRegistry};
    await expect(payloadAt(folder, doors)).rejects.toThrow(/box: has an oci-layout and no blobs\/sha256\//);
  });

  test('is told from a file, and from a folder without one', async () => {
    const folder = temporary();
    const doors = {downloads: join(folder, 'downloads'), registry: noRegistry};
    expect(await payloadAt(folder, doors)).toMatchObject({path: folder});
    expect(existsSync(doors.downloads)).toBe(false);
  });
});

describe('a container image of a registry', () => {
  const environment = {HOME: temporary()};
  const signal = new AbortController().signal;

  async function registryWithBox(): Promise<{mock: MockRegistry; doors: PayloadDoors; address: string}> {
    const mock = await mockRegistry();
    const images = [await container('amd64'), await container('arm64')];
    const index = encodeIndex({manifests: images.map(({manifest}) => manifest.descriptor)});
    for (const {manifest, blobs} of images) {
      mock.manifests.set(manifest.descriptor.digest, {type: OCI_MEDIA.manifest, bytes: manifest.bytes});
      for (const {descriptor, bytes} of blobs) mock.blobs.set(descriptor.digest, bytes);
    }
    mock.manifests.set('1', {type: OCI_MEDIA.index, bytes: index.bytes});
    const doors: PayloadDoors = {
      downloads: join(temporary(), 'downloads'),
      registry: (address) =>
        openRegistry(address, 'pull', {environment, run, signal, plainHttp: true, pauseMs: 1}),
    };
    return {mock, doors, address: `oci://${mock.host}/me/test:1`};
  }
  const asked = async (
    architecture: ArchitectureName,
    {doors, address}: {doors: PayloadDoors; address: string},
  ) => {
    const {path, name} = await payloadInRegistry(address, ARCHITECTURES[architecture], doors);
    return readPayloadFile(path, run, name);
  };

  test('is the one for the architecture, and is not fetched again', async () => {
    const place = await registryWithBox();
    const {file: taken, payload} = await asked('aarch64', place);
    expect([taken.name, payload.arches]).toEqual(['test', ['aarch64']]);
    const before = place.mock.asked.filter((line) => line.includes('/blobs/')).length;
    expect((await asked('aarch64', place)).file).toEqual(taken);
    expect(place.mock.asked.filter((line) => line.includes('/blobs/'))).toHaveLength(before);
    expect((await asked('x86_64', place)).payload.arches).toEqual(['x86_64']);
  });

  test('that is not there for the architecture says for which it is', async () => {
    await expect(asked('s390x', await registryWithBox())).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/test:1: is not there for s390x/) as string,
      hint: 'it is there for amd64, arm64: --arch',
    });
  });

  test('whose bytes are others than its digest says is not believed, and leaves nothing', async () => {
    const place = await registryWithBox();
    for (const [digest, bytes] of place.mock.blobs) place.mock.blobs.set(digest, Buffer.alloc(bytes.length));
    await expect(asked('x86_64', place)).rejects.toMatchObject({code: 'REGISTRY'});
    expect(readdirSync(place.doors.downloads)).toEqual([]);
  });
});
