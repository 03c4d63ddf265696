import {pack} from 'tar-stream';
import {expect, test} from 'vitest';
import {directory, file, symlink, type Entry} from '../../src/formats/file-tree.ts';
import {decodeTar, encodeTar} from '../../src/formats/tar.ts';

const TREE = new Map<string, Entry>([
  ['usr/bin/su', {...file('su', 0o4755), uid: 0, gid: 42}],
  ['usr', directory()],
  ['usr/bin', directory(0o700)],
  ['usr/bin/sh', symlink('su')],
  [`usr/${'long/'.repeat(40)}name`, file('deep')],
]);

test('owners, modes and links survive', async () => {
  const back = await decodeTar(await encodeTar(TREE, 7));
  expect(back.get('usr/bin/su')).toEqual({
    type: 'file',
    data: Buffer.from('su'),
    mode: 0o4755,
    uid: 0,
    gid: 42,
  });
  expect(back.get('usr/bin')).toEqual(directory(0o700));
  expect(back.get('usr/bin/sh')).toEqual(symlink('su'));
  expect(back.get(`usr/${'long/'.repeat(40)}name`)).toEqual(file('deep'));
});

test('the order in which a tree was filled does not show', async () => {
  const reversed = new Map([...TREE].reverse());
  expect((await encodeTar(reversed, 7)).equals(await encodeTar(TREE, 7))).toBe(true);
});

test('the epoch shows', async () => {
  expect((await encodeTar(TREE, 7)).equals(await encodeTar(TREE, 8))).toBe(false);
});

test.each([
  [{name: 'usr/../../etc/x'}, 'tar entry usr/../../etc/x leads out of the archive'],
  [{name: 'dev/x', type: 'fifo'}, 'tar entry dev/x is a fifo: only files, folders and links are known'],
  [{name: 'x', type: 'link', linkname: 'y'}, 'tar entry x links to y, which is not there'],
] as const)('what no tree has is refused by name: %j', async (entry, message) => {
  const packer = pack();
  packer.entry(entry, '');
  packer.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packer) chunks.push(chunk as Buffer);
  const archive = Buffer.concat(chunks);
  await expect(decodeTar(archive)).rejects.toMatchObject({code: 'FILE', message});
});
