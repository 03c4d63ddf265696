import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {inspectFile} from '../../src/build/inspect-file.ts';
import {formatBmap} from '../../src/formats/bmap.ts';
import {file} from '../../src/formats/file-tree.ts';
import {blobPath} from '../../src/formats/oci-layout.ts';
import {encodeIndex, encodeManifest, OCI_MEDIA, ociPart} from '../../src/formats/oci.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {temporary} from '../support/temporary.ts';

function written(content: string | Buffer): string {
  const path = join(temporary(), 'file');
  writeFileSync(path, content);
  return path;
}

describe('leanos inspect explains what lies beside an image:', () => {
  test.each([
    [{version: '1.2.3', image: 'web', arch: 'arm', base: 'debian'}, "manifest of leanos' build"],
    [{_type: 'https://in-toto.io/Statement/v1', subject: []}, 'provenance (in-toto)'],
    [{spdxVersion: 'SPDX-2.3', name: 'web'}, 'bill of materials (SPDX)'],
    [{'boot-source': {kernel_image_path: 'vmlinux'}}, 'configuration of Firecracker'],
  ])('%j', async (value, kind) => {
    for (const indent of [0, 1, 2])
      expect(await inspectFile(written(JSON.stringify(value, null, indent)))).toMatchObject({kind});
  });

  test('a manifest says what it is of', async () => {
    const path = written(JSON.stringify({version: '1.2.3', image: 'web', arch: 'arm'}, null, 1));
    expect((await inspectFile(path)).facts).toEqual({version: '1.2.3', image: 'web', arch: 'arm'});
  });

  test('the map of a disk, and a list of digests', async () => {
    const facts = {'virtual bytes': 8192};
    expect(await inspectFile(written(formatBmap(8192, [])))).toMatchObject({
      kind: "map of a disk's blocks (bmap)",
      facts,
    });
    expect(await inspectFile(written(`${'0a'.repeat(32)}  disk.raw\n`))).toMatchObject({
      kind: 'list of digests (sha256sum)',
    });
  });
});

test.each([
  ['', /: is empty$/],
  ['words\n', /: is nothing that leanos knows$/],
  ['{"name": "x"}', /: is nothing that leanos knows$/],
])('leanos inspect refuses a file with %j', async (content, message) => {
  await expect(inspectFile(written(content))).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(message) as string,
    hint: expect.stringContaining('disks, archives') as string,
  });
});

test.each([
  [join(temporary(), 'none'), /: there is no such file$/],
  [temporary(), /: is a folder; leanos inspect takes one file of it/],
])('leanos inspect of %s', async (path, message) => {
  await expect(inspectFile(path)).rejects.toThrow(message);
});

test('a container image says what it runs, and in which modes it can be a payload', async () => {
  const said = {architecture: 'arm64', os: 'linux', config: {Entrypoint: ['/web'], Cmd: ['--port', '80']}};
  const config = ociPart(OCI_MEDIA.config, Buffer.from(JSON.stringify(said)));
  const manifest = encodeManifest({config: config.descriptor, layers: []});
  const index = encodeIndex({manifests: [manifest.descriptor]});
  const tar = await encodeTar(
    new Map([
      ['oci-layout', file('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', file(index.bytes)],
      ...[config, manifest].map(({bytes, descriptor}) => [blobPath(descriptor.digest), file(bytes)] as const),
    ]),
    0,
  );
  for (const bytes of [tar, gzipSync(tar)]) {
    const {kind, facts} = await inspectFile(written(bytes));
    expect(kind).toMatch(/^container image \(OCI archive\)/);
    expect(facts).toMatchObject({
      runs: ['arm64: /web --port 80'],
      modes: expect.arrayContaining(['guest: yes']) as string[],
    });
  }
});
