import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {expect, test} from 'vitest';
import {bareScript, isScript} from '../../src/formats/bare-script.ts';
import {CHECKOUT} from '../support/built-image.ts';

test('a comment becomes an empty line; the first line, what follows a command, and here-documents stay', () => {
  const text = '#!/bin/sh\n# why\nset -u # here\n\t# inside\ncat <<TEXT\n# text\nTEXT\n# end\n';
  expect(bareScript(text)).toBe('#!/bin/sh\n\nset -u # here\n\ncat <<TEXT\n# text\nTEXT\n\n');
});

test('scripts are known by their names and beginnings', () => {
  expect(isScript('lib/x.awk', 'BEGIN {}')).toBe(true);
  expect(isScript('sbin/x', '#!/bin/sh\n')).toBe(true);
  expect(isScript('lib/x.sh', '# shellcheck shell=dash\n')).toBe(true);
  expect(isScript('etc/fstab', '# <file system>\n')).toBe(false);
});

/** What a script says to the shell, as another program's parser reads it: without comments, on as few lines as can be. */
const minified = (text: string): string => execFileSync('shfmt', ['-mn'], {input: text, encoding: 'utf8'});

const guestFiles = ['rootfs', 'shared', 'initramfs'].flatMap((name) => {
  const folder = join(CHECKOUT, 'init-scripts', name);
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
});
const shellScripts = guestFiles.filter(
  (path) => !path.endsWith('.awk') && isScript(path, readFileSync(path, 'utf8')),
);

test.each(shellScripts.map((path) => relative(CHECKOUT, path)))(
  '%s says the same without its comments',
  (path) => {
    const text = readFileSync(join(CHECKOUT, path), 'utf8');
    expect(minified(bareScript(text))).toBe(minified(text));
  },
);
