import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

/** The packages of the external tree that a Buildroot with packages of its own takes in. */
function taken(...own: readonly string[]): string[] {
  const buildroot = temporary();
  for (const name of own) {
    mkdirSync(join(buildroot, 'package', name), {recursive: true});
    writeFileSync(join(buildroot, 'package', name, `${name}.mk`), '');
  }
  const makefile = [
    `TOPDIR = ${buildroot}`,
    `BR2_EXTERNAL_LEANOS_PATH = ${join(CHECKOUT, 'buildroot-overlays')}`,
    'generic-package = $(info $(basename $(notdir $(lastword $(MAKEFILE_LIST)))))',
    'include $(BR2_EXTERNAL_LEANOS_PATH)/external.mk',
    'all: ;',
  ];
  const file = join(buildroot, 'Makefile');
  writeFileSync(file, makefile.join('\n'));
  return execFileSync('make', ['--silent', '-f', file], {encoding: 'utf8'}).split('\n').filter(Boolean);
}

test('a package of ours steps back where Buildroot has its own', () => {
  expect(taken()).toEqual(['opendoas', 'signify']);
  expect(taken('opendoas')).toEqual(['signify']);
  expect(taken('opendoas', 'signify')).toEqual([]);
});
