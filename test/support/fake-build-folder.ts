import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {ARCHITECTURES, type ArchitectureName} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import {file} from '../../src/formats/file-tree.ts';
import {encodeOciLayout} from '../../src/formats/oci-layout.ts';
import {OCI_MEDIA, ociDigest, ociPart} from '../../src/formats/oci.ts';
import {signMessage} from '../../src/formats/signify.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import type {FakeKey} from './fake-release.ts';
import {temporary} from './temporary.ts';

interface FakeFolder {
  readonly arch?: string;
  readonly version?: string;
  readonly keys?: readonly FakeKey[];
  /** Of the disk, which is the largest file. */
  readonly bytes?: number;
  readonly parent?: string;
  /** Its container images, as OCI archives. */
  readonly containers?: Partial<Record<'oci' | 'containerdisk', Buffer>>;
}

/** An OCI archive of a container image with one small file. */
export async function fakeContainer(
  arch: ArchitectureName = 'x86_64',
  version = '4891.0.0',
): Promise<Buffer> {
  const tar = await encodeTar(new Map([['greeting', file(`of ${arch} ${version}`)]]), 0);
  const layout = encodeOciLayout({
    layers: [{part: ociPart(OCI_MEDIA.layer, gzipSync(tar)), diffId: ociDigest(tar)}],
    config: {Entrypoint: ['/greeting']},
    platform: {...ARCHITECTURES[arch].oci, os: 'linux'},
    created: '2026-11-21T00:00:00Z',
    annotations: {},
    entry: {},
    tag: version,
  });
  return encodeTar(layout, 0);
}

/** A folder as `leanos publish` leaves it, with its manifest, list and signatures, and few bytes in the files. */
export function fakeBuildFolder({
  arch = 'x86_64',
  version = '4891.0.0',
  keys = [],
  bytes = 1000,
  parent = temporary(),
  containers = {},
}: FakeFolder = {}): string {
  const folder = join(parent, `test-${arch}`);
  mkdirSync(folder, {recursive: true});
  const name = `leanos-${version}-test-${arch}`;
  const disk = Buffer.alloc(bytes, `${arch} ${version} `);
  const parts: [string, string, string, Buffer][] = [
    ['disk', 'qcow2', `${name}-disk.qcow2`, disk],
    ['kernel', 'vmlinuz', `${name}-kernel`, Buffer.from('the same for all')],
    ...Object.entries(containers).map(([format, archive]): [string, string, string, Buffer] => [
      'container',
      format,
      `${name}-${format}.tar`,
      archive,
    ]),
  ];
  const artifacts = parts.map(([kind, format, path]) => ({kind, format, path}));
  const manifest = {
    version,
    image: 'test',
    arch,
    base: 'debian',
    commit: null,
    epoch: 1_795_000_000,
    artifacts,
    packages: [],
  };
  const files = [
    ...parts.map(([, , path, data]) => ({path, data})),
    {path: `${name}-manifest.json`, data: Buffer.from(JSON.stringify(manifest))},
  ];
  for (const {path, data} of files) writeFileSync(join(folder, path), data);
  const sums = files.map(({path, data}) => `${sha256(data)}  ${path}\n`).join('');
  writeFileSync(join(folder, 'SHA256SUMS'), sums);
  keys.forEach(({secret}, index) =>
    writeFileSync(
      join(folder, `SHA256SUMS${index === 0 ? '' : `.${secret.id}`}.sig`),
      signMessage(Buffer.from(sums), secret, 'key.pub'),
    ),
  );
  return folder;
}
