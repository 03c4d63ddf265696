import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {file, type FileTree} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {readTree} from '../../src/stages/read-tree.ts';
import {temporary} from '../support/temporary.ts';

const tree = (text: string): FileTree => new Map([['etc/motd', file(text)]]);

test('stages that ask for a tree at once share it; who comes later reads what is there then', async () => {
  const folder = temporary();
  const write = async (text: string): Promise<void> =>
    writeFileSync(join(folder, 'tree.tar'), await encodeTar(tree(text), 0));
  await write('first');
  const [one, other] = await Promise.all([readTree(folder, 'tree.tar'), readTree(folder, 'tree.tar')]);
  expect(one).toBe(other);
  expect(one.get('etc/motd')).toMatchObject({data: Buffer.from('first')});
  await write('second');
  expect((await readTree(folder, 'tree.tar')).get('etc/motd')).toMatchObject({data: Buffer.from('second')});
});

test('a tree that could not be read is read again by the next who asks', async () => {
  const folder = temporary();
  await expect(readTree(folder, 'tree.tar')).rejects.toMatchObject({code: 'ENOENT'});
  writeFileSync(join(folder, 'tree.tar'), await encodeTar(tree('there now'), 0));
  expect([...(await readTree(folder, 'tree.tar')).keys()]).toContain('etc/motd');
});
