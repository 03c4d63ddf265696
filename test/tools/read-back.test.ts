import {execFileSync} from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {basename, join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import {decodeExt4} from '../../src/formats/ext4.ts';
import {
  directory,
  file,
  openToAll,
  symlink,
  treeDifferences,
  type FileTree,
} from '../../src/formats/file-tree.ts';
import {decodeTar, encodeTar} from '../../src/formats/tar.ts';
import {hashFile} from '../../src/system/hash-file.ts';
import {createSparse} from '../../src/system/sparse.ts';
import {run, type Run} from '../../src/system/run.ts';
import {runWithTools, toolCommand, toolEnvironment} from '../../src/system/tools-tree.ts';
import {mke2fs} from '../../src/stages/disk/mke2fs.ts';
import {fillExt4, stateExt4Args} from '../../src/stages/disk/state-ext4.ts';
import {rootfs} from '../../src/stages/rootfs/rootfs.ts';
import {usrErofs} from '../../src/stages/usr/usr-erofs.ts';
import {usrSquashfs} from '../../src/stages/usr/usr-squashfs.ts';
import {artifactFolder, artifactPath, builtImage, CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const EPOCH = 7;
const UUID = '01234567-89ab-8def-8123-456789abcdef';
const TOOLS = [
  'mke2fs',
  'debugfs',
  'mkfs.erofs',
  'sqfstar',
  'dump.erofs',
  'fsck.erofs',
  'unsquashfs',
  'grub-fstest',
  'veritysetup',
];
/** Kinds of files that say what a release is. */
const DESCRIPTIONS = ['manifest', 'sbom', 'provenance', 'checksums'];
const built = builtImage();
let tools: Run;

beforeAll(() => {
  const tree = artifactFolder('tools-tree', built);
  tools = runWithTools(run, {
    tools: TOOLS,
    command: toolCommand(tree, hostArchitecture()),
    env: toolEnvironment(tree, hostArchitecture(), EPOCH),
  });
});

/** What a stage leaves in a folder that is made for it. */
async function leftBy(
  stage: {build(context: never): Promise<void>},
  context: {readonly options: unknown; readonly inputs: Readonly<Record<string, string>>; readonly run?: Run},
): Promise<string> {
  const out = temporary();
  await stage.build({run: tools, out, epoch: EPOCH, ...context} as never);
  return out;
}

async function folderWith(name: string, tree: FileTree): Promise<string> {
  const folder = temporary();
  writeFileSync(join(folder, name), await encodeTar(tree, 0));
  return folder;
}

function readExt4(path: string): FileTree {
  const disk = openSync(path, 'r');
  try {
    return decodeExt4((at, bytes) => {
      const data = Buffer.alloc(bytes);
      readSync(disk, data, 0, bytes, at);
      return data;
    });
  } finally {
    closeSync(disk);
  }
}

async function underUmask<T>(umask: number, work: () => Promise<T>): Promise<T> {
  const own = process.umask(umask);
  try {
    return await work();
  } finally {
    process.umask(own);
  }
}

describe('an ext4', () => {
  const tree: FileTree = new Map([
    ['empty', file('')],
    ['home/me', {...directory(0o750), uid: 70000, gid: 1000}],
    ['home/me/large', {...file(Buffer.alloc(300_000, 'leanos '), 0o640), uid: 70000}],
    ['many', directory(0o1777)],
    ...Array.from({length: 300}, (_, index) => [`many/file-${index}`, file(`${index}\n`)] as const),
    ['short', symlink('../run')],
    ['long', symlink(`/${'x'.repeat(200)}`)],
  ]);

  async function filled(umask: number): Promise<string> {
    const folder = join(temporary(), 'with a space');
    mkdirSync(folder);
    const image = join(folder, 'image');
    await createSparse(image, 32 * 2 ** 20);
    await underUmask(umask, async () => {
      await tools(['mke2fs', ...stateExt4Args({uuid: UUID}), image]);
      await fillExt4(image, tree, {content: join(folder, 'content'), run: tools});
    });
    return image;
  }

  test('holds what was put into it, for a reader of its own and for GRUB, whatever the umask', async () => {
    const images = [await filled(0o077), await filled(0)];
    expect(images.map((image) => sha256(readFileSync(image)))[0]).toBe(sha256(readFileSync(images[1] ?? '')));
    const found = readExt4(images[0] ?? '');
    expect(found.get('')).toEqual(directory());
    expect(treeDifferences(new Map([['', directory()], ...tree]), found)).toEqual([]);
    const grub = await tools(['grub-fstest', images[0] ?? '', 'cat', '(loop0)/many/file-299']);
    expect(grub).toBe('299');
  });

  test.each([
    {args: stateExt4Args({uuid: UUID}), bytes: 160 * 2 ** 20, copies: [1024, 128 * 2 ** 20]},
    {
      args: ['-q', '-t', 'ext3', '-U', UUID, '-E', `hash_seed=${UUID}`],
      bytes: 16 * 2 ** 20,
      copies: [1024, 8193 * 1024],
    },
  ])('is the same where mke2fs takes characters for unsigned, as on ARM: $copies', async (made) => {
    const {args, bytes, copies} = made;
    const [here, there] = [join(temporary(), 'image'), join(temporary(), 'image')];
    const asOnArm: Run = async (argv, options) => {
      const said = await tools(argv, options);
      const disk = openSync(there, 'r+');
      for (const at of copies) writeSync(disk, Buffer.from([2]), 0, 1, at + 0x160);
      closeSync(disk);
      return said;
    };
    for (const [image, run] of [[here, tools] as const, [there, asOnArm] as const]) {
      await createSparse(image, bytes);
      await mke2fs(image, args, run);
    }
    expect(await hashFile(there)).toBe(await hashFile(here));
    // What it wrote is whole: e2fsck's own library checks the sums.
    await expect(tools(['debugfs', '-R', 'stats', there])).resolves.toContain('signed_directory_hash');
  });

  test('that debugfs did not fill, ending well, is an error that says what is not there', async () => {
    const image = join(temporary(), 'image');
    await createSparse(image, 32 * 2 ** 20);
    await tools(['mke2fs', ...stateExt4Args({uuid: UUID}), image]);
    const idle: Run = ([name, ...args], options) =>
      name === 'debugfs' ? Promise.resolve('no such file') : tools([name, ...args], options);
    await expect(
      fillExt4(image, new Map([['a/b', file('x')]]), {content: join(temporary(), 'content'), run: idle}),
    ).rejects.toThrow(
      /did not write\n {2}\/a: nothing in place of a folder.*\n {2}\/a\/b: nothing in place of a file/,
    );
  });
});

describe('/usr as a filesystem', () => {
  const content: FileTree = new Map([
    ['usr/bin/tool', file('#!/bin/sh\n', 0o755)],
    ['usr/lib/large', file(Buffer.alloc(500_000, 'leanos '))],
    ['usr/sbin', symlink('bin')],
  ]);

  test.each([0, 0o077])('is the same erofs under umask %o, with a root folder of root’s', async (umask) => {
    const inputs = {rootfs: await folderWith('usr.tar', content)};
    const options = {compression: 'lz4hc,12', clusterBytes: 16384, handOver: false};
    const make = () => leftBy(usrErofs, {options, inputs});
    const image = join(await underUmask(umask, make), 'usr.img');
    expect(sha256(readFileSync(image))).toBe(sha256(readFileSync(join(await make(), 'usr.img'))));
    expect(await tools(['dump.erofs', '--path=/', image])).toMatch(/Uid: 0 +Gid: 0 +Access: 0755/);
    const extracted = join(temporary(), 'extracted');
    await tools(['fsck.erofs', `--extract=${extracted}`, image]);
    expect(readFileSync(join(extracted, 'lib/large')).equals(Buffer.alloc(500_000, 'leanos '))).toBe(true);
  });

  test('is a squashfs with a root folder of root’s', async () => {
    const inputs = {rootfs: await folderWith('usr.tar', content)};
    const options = {compression: 'zstd', blockBytes: 131072, handOver: false};
    const image = join(await leftBy(usrSquashfs, {options, inputs}), 'usr.img');
    expect(await tools(['unsquashfs', '-lln', image])).toMatch(/^drwxr-xr-x 0\/0 .* squashfs-root$/m);
    const extracted = join(temporary(), 'extracted');
    await tools(['unsquashfs', '-quiet', '-no-progress', '-dest', extracted, image]);
    expect(readFileSync(join(extracted, 'lib/large')).equals(Buffer.alloc(500_000, 'leanos '))).toBe(true);
  });
});

describe('nothing is open to everybody', () => {
  const open: FileTree = new Map([
    ['usr/lib/open', file('', 0o666)],
    ['usr/share/open', directory(0o777)],
    ['usr/share/shared', directory(0o1777)],
  ]);

  test('what a package or overlay brings so is refused by name', async () => {
    const empty = await folderWith('tree.tar', new Map());
    writeFileSync(join(empty, 'usr-modules.tar'), await encodeTar(new Map(), 0));
    writeFileSync(join(empty, 'packages.json'), '[]');
    const inputs = {userland: empty, kernel: empty, scripts: await folderWith('tree.tar', open)};
    await expect(leftBy(rootfs, {options: {files: [], modes: {}}, inputs})).rejects.toThrow(
      'every account could write to /usr/lib/open, /usr/share/open',
    );
  });

  test('in the image: not in /usr, not in the archive of the whole root, not on STATE', async () => {
    const usr = await decodeTar(readFileSync(join(artifactFolder('rootfs', built), 'usr.tar')));
    const whole = await decodeTar(gunzipSync(readFileSync(artifactPath('rootfs', built))));
    const state = readExt4(join(artifactFolder('state-ext4', built), 'state.img'));
    expect([usr, whole, state].map(openToAll)).toEqual([[], [], []]);
    expect(state.get('')).toEqual(directory());
    const listed = await tools(['unsquashfs', '-lln', artifactPath('usr', built)]);
    expect(
      listed.split('\n').filter((line) => /^[^l]........w/.test(line) || / (?!0\/0)\d+\/\d+ /.test(line)),
    ).toEqual([]);
    expect(listed).toMatch(/^drwxr-xr-x 0\/0 .* squashfs-root$/m);
  });
});

test('GRUB reads on the ESP what the release has, byte for byte', async () => {
  const esp = join(artifactFolder('esp', built), 'esp.img');
  const read = async (path: string): Promise<string> => {
    const outputFile = join(temporary(), 'read');
    await tools(['grub-fstest', esp, 'cat', `(loop0)/${path}`], {outputFile});
    return sha256(readFileSync(outputFile));
  };
  const digest = (kind: string) => built.artifacts.find((artifact) => artifact.kind === kind)?.sha256;
  expect([await read('A/kernel'), await read('A/initramfs')]).toEqual([
    digest('kernel'),
    digest('slot-initramfs'),
  ]);
  const sums = readFileSync(join(artifactFolder('esp', built), 'esp.img'), 'latin1');
  expect(sums).toContain(`${digest('kernel') ?? ''}  kernel\n`);
});

test('the image’s own disk leaves sgdisk nothing to say', () => {
  const disk = join(temporary(), 'disk.raw');
  execFileSync('qemu-img', ['convert', '-O', 'raw', artifactPath('disk', built), disk]);
  const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`};
  expect(execFileSync('sgdisk', ['--verify', disk], {encoding: 'utf8', env})).toMatch(
    /^\s*No problems found\./,
  );
});

test('veritysetup finds /usr as its hash tree says, and not with a byte changed', async () => {
  const folder = artifactFolder('usr-verity', built);
  const {rootHash, dataBlocks} = JSON.parse(readFileSync(join(folder, 'verity.json'), 'utf8')) as {
    rootHash: string;
    dataBlocks: number;
  };
  const check = (image: string) =>
    tools([
      ...(['veritysetup', 'verify', '--no-superblock', '--salt=-', '--hash=sha256'] as const),
      ...['--data-block-size=4096', '--hash-block-size=4096', `--data-blocks=${dataBlocks}`],
      ...[`--hash-offset=${dataBlocks * 4096}`, image, image, rootHash],
    ]);
  await check(join(folder, 'usr.img'));
  const changed = join(temporary(), 'usr.img');
  const bytes = readFileSync(join(folder, 'usr.img'));
  bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
  writeFileSync(changed, bytes);
  await expect(check(changed)).rejects.toThrow(/Verification failed|corrupt/i);
});

test('no file of a release shares its bytes with another where it was delivered; the store has them once, where they were made', async () => {
  const paths = built.artifacts.map(({path}) => join(CHECKOUT, path));
  expect(paths.filter((path) => statSync(path).nlink !== 1)).toEqual([]);
  const kept = readdirSync(artifactFolder('release-files', built)).filter((name) => !name.startsWith('.'));
  const described = built.artifacts.filter(({kind}) => DESCRIPTIONS.includes(kind));
  expect(kept.sort()).toEqual(['artifacts.json', ...described.map(({path}) => basename(path))].sort());
  // The digests are those that the store has noted.
  for (const {path, sha256: digest} of built.artifacts)
    expect(await hashFile(join(CHECKOUT, path)), path).toBe(digest);
});
