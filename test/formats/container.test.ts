import {describe, expect, test} from 'vitest';
import {containersOf, type Container} from '../../src/formats/container.ts';
import {rootOfLayers} from '../../src/formats/container-layers.ts';
import {runtimeConfig} from '../../src/formats/container-runtime.ts';
import {directory, file, type FileTree} from '../../src/formats/file-tree.ts';
import {blobPath} from '../../src/formats/oci-layout.ts';
import {encodeIndex, encodeManifest, OCI_MEDIA, ociPart, type OciPart} from '../../src/formats/oci.ts';

const json = (value: unknown): OciPart => ociPart(OCI_MEDIA.config, Buffer.from(JSON.stringify(value)));

/** A layout with an image for each config; the second one is in an index of its own. */
function layout(...configs: readonly unknown[]): FileTree {
  const parts = configs.map((value) => {
    const config = json(value);
    return {config, manifest: encodeManifest({config: config.descriptor, layers: []})};
  });
  const [first, ...rest] = parts.map(({manifest}) => manifest.descriptor);
  const inner = encodeIndex({manifests: rest});
  const index = encodeIndex({manifests: [...(first === undefined ? [] : [first]), inner.descriptor]});
  const blobs = [inner, ...parts.flatMap(({config, manifest}) => [config, manifest])];
  return new Map([
    ['index.json', file(index.bytes)],
    ...blobs.map(({bytes, descriptor}) => [blobPath(descriptor.digest), file(bytes)] as const),
  ]);
}

test('the images of a layout are found in its index, and in the indices of that', () => {
  const found = containersOf(
    layout(
      {architecture: 'amd64', os: 'linux', config: {Entrypoint: ['/it'], Cmd: null, WorkingDir: ''}},
      {architecture: 'arm64', os: 'linux'},
      {architecture: 'amd64', os: 'windows'},
    ),
  );
  expect(found.map(({architecture, entrypoint, folder}) => ({architecture, entrypoint, folder}))).toEqual([
    {architecture: 'amd64', entrypoint: ['/it'], folder: '/'},
    {architecture: 'arm64', entrypoint: [], folder: '/'},
  ]);
  expect(containersOf(new Map([['index.json', file('{')]]))).toEqual([]);
  expect(containersOf(new Map())).toEqual([]);
});

describe('layers', () => {
  const paths = (...layers: readonly (readonly string[])[]): string[] =>
    [
      ...rootOfLayers(
        layers.map(
          (names, index) =>
            new Map(
              names.map((name) => [
                name.replace(/\/$/, ''),
                name.endsWith('/') ? directory() : file(String(index)),
              ]),
            ),
        ),
      ).keys(),
    ].sort();

  test.each<[string, string[][], string[]]>([
    ['a later one adds', [['a/', 'a/b'], ['a/c']], ['a', 'a/b', 'a/c']],
    ['a file is taken away', [['a/', 'a/b', 'a/c'], ['a/.wh.b']], ['a', 'a/c']],
    ['a folder is taken away, with all in it', [['a/', 'a/b'], ['.wh.a']], []],
    [
      'an opaque folder shows its own alone',
      [
        ['a/', 'a/b'],
        ['a/', 'a/.wh..wh..opq', 'a/c'],
      ],
      ['a', 'a/c'],
    ],
    ['a file takes the place of a folder', [['a/', 'a/b'], ['a']], ['a']],
    ['what is taken away may come again in the same one', [['a'], ['.wh.a', 'a']], ['a']],
  ])('%s', (_, layers, expected) => {
    expect(paths(...layers)).toEqual(expected);
  });
});

describe('how a container is run', () => {
  const CONTAINER: Container = {
    digest: 'sha256:x',
    architecture: 'amd64',
    entrypoint: ['/bin/it'],
    command: ['serve'],
    environment: ['A=1', 'B=2'],
    user: '',
    folder: '/data',
    volumes: ['/data'],
    layers: [],
  };
  const ROOT: FileTree = new Map([
    ['etc/passwd', file('root:x:0:0::/:\nweb:x:1234:99::/:\n')],
    ['etc/group', file('web:x:77:\n')],
  ]);
  const RUN = {args: [], environment: {}, volumes: '/var/lib/payload/volumes'};
  interface Config {
    readonly process: {
      readonly args: readonly string[];
      readonly env: readonly string[];
      readonly user: object;
      readonly cwd: string;
      readonly noNewPrivileges: boolean;
    };
    readonly mounts: readonly {readonly destination: string; readonly source: string}[];
  }
  const config = (container: Partial<Container>, run: Partial<typeof RUN> = {}): Config =>
    runtimeConfig({...CONTAINER, ...container}, ROOT, {...RUN, ...run}) as unknown as Config;

  test('its entrypoint has its command, or what is given in place of that', () => {
    expect(config({}).process).toMatchObject({
      args: ['/bin/it', 'serve'],
      cwd: '/data',
      noNewPrivileges: true,
    });
    expect(config({}, {args: ['x', 'y z'] as never}).process.args).toEqual(['/bin/it', 'x', 'y z']);
  });

  test('variables that are said anew take the place of its own', () => {
    const {env} = config({}, {environment: {B: '3', C: '4'}}).process;
    expect(env.slice(1)).toEqual(['A=1', 'B=3', 'C=4']);
    expect(env[0]).toMatch(/^PATH=/);
  });

  test.each([
    ['', {uid: 0, gid: 0}],
    ['web', {uid: 1234, gid: 99}],
    ['1234', {uid: 1234, gid: 99}],
    ['5:6', {uid: 5, gid: 6}],
    ['5', {uid: 5, gid: 0}],
    ['web:web', {uid: 1234, gid: 77}],
  ])('its user "%s" is known by number', (user, expected) => {
    expect(config({user}).process.user).toEqual(expected);
  });

  test('a user whom its files do not know is named', () => {
    expect(() => config({user: 'nobody'})).toThrow('its user is nobody, whom its files do not know');
  });

  test('its volumes are folders of the guest', () => {
    expect(config({}).mounts.find(({destination}) => destination === '/data')).toMatchObject({
      source: '/var/lib/payload/volumes/data',
    });
  });
});
