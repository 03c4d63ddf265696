import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {sha256} from '../../src/core/canonical.ts';
import {signMessage} from '../../src/formats/signify.ts';
import type {FakeKey} from './fake-release.ts';
import {temporary} from './temporary.ts';

interface FakeFolder {
  readonly arch?: string;
  readonly version?: string;
  readonly keys?: readonly FakeKey[];
  /** Of the disk, which is the largest file. */
  readonly bytes?: number;
  readonly parent?: string;
}

/** A folder as `leanos publish` leaves it, with its manifest, list and signatures, and few bytes in the files. */
export function fakeBuildFolder({
  arch = 'x86_64',
  version = '4891.0.0',
  keys = [],
  bytes = 1000,
  parent = temporary(),
}: FakeFolder = {}): string {
  const folder = join(parent, `test-${arch}`);
  mkdirSync(folder, {recursive: true});
  const name = `leanos-${version}-test-${arch}`;
  const disk = Buffer.alloc(bytes, `${arch} ${version} `);
  const parts: [string, string, string, Buffer][] = [
    ['disk', 'qcow2', `${name}-disk.qcow2`, disk],
    ['kernel', 'vmlinuz', `${name}-kernel`, Buffer.from('the same for all')],
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
