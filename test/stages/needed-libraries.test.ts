import {expect, test} from 'vitest';
import {file, type FileTree} from '../../src/formats/file-tree.ts';
import {withoutUnusedLibraries} from '../../src/stages/rootfs/needed-libraries.ts';
import {makeElf} from '../support/elf-maker.ts';

const UNWINDER = 'usr/lib/x86_64-linux-gnu/libgcc_s.so.1';

function treeWith(symbol: string, name = 'usr/bin/program'): FileTree {
  const program = Buffer.concat([makeElf(), Buffer.from(`\0${symbol}\0`)]);
  return new Map([
    [name, file(program, 0o755)],
    [UNWINDER, file(makeElf())],
  ]);
}

test.each(['pthread_cancel', 'pthread_exit'])('who calls %s keeps what glibc loads for it', (symbol) => {
  expect([...withoutUnusedLibraries(treeWith(symbol)).keys()]).toContain(UNWINDER);
});

test('nobody else does, nor glibc, which has these functions', () => {
  expect([...withoutUnusedLibraries(treeWith('pthread_create')).keys()]).toEqual(['usr/bin/program']);
  const glibc = treeWith('pthread_exit', 'usr/lib/x86_64-linux-gnu/libc.so.6');
  expect([...withoutUnusedLibraries(glibc).keys()]).not.toContain(UNWINDER);
});

test('a module that a program loads by its path stays; a library that nobody needs goes', () => {
  const tree: FileTree = new Map([
    ['usr/lib/nginx/modules/filter.so', file(makeElf())],
    ['usr/lib/x86_64-linux-gnu/libunused.so.1', file(makeElf())],
  ]);
  expect([...withoutUnusedLibraries(tree).keys()]).toEqual(['usr/lib/nginx/modules/filter.so']);
  expect([...withoutUnusedLibraries(tree, {keepsModules: false}).keys()]).toEqual([]);
});
