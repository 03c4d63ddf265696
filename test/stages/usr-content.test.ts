import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {file} from '../../src/formats/file-tree.ts';
import {decodeTar, encodeTar} from '../../src/formats/tar.ts';
import {usrContent} from '../../src/stages/usr/usr-content.ts';
import {runFolder} from '../support/temporary.ts';

test.each([
  {handOver: true, size: 0, what: 'is empty where the initramfs hands its own over'},
  {handOver: false, size: 3, what: 'is whole where it does not'},
])('BusyBox in /usr $what', async ({handOver, size}) => {
  const folder = runFolder();
  const files = new Map([
    ['usr/bin/busybox', file('ELF', 0o755)],
    ['usr/bin/other', file('#!/bin/sh', 0o755)],
  ]);
  await writeFile(join(folder, 'usr.tar'), await encodeTar(files, 0));
  const content = await decodeTar(await usrContent(folder, {handOver}, 0));
  const sizes = [...content].map(([path, entry]) => [path, entry.type === 'file' ? entry.data.length : -1]);
  expect(Object.fromEntries(sizes)).toMatchObject({'bin/busybox': size, 'bin/other': 9});
});
