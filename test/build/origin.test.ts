import {expect, test} from 'vitest';
import type {BuildChoice} from '../../src/build/choice.ts';
import {lockOf} from '../../src/build/origin.ts';
import type {Workspace} from '../../src/build/workspace.ts';
import {withDefaults} from '../../src/config/image-defaults.ts';
import type {ImageFile} from '../../src/config/image.ts';

const workspace = {home: {path: '/project'}, project: '/project'} as Workspace;
const image = (file: ImageFile = {}) => withDefaults('own', file);
const choice: BuildChoice = {channel: 'alpha', image: 'own', arch: 'x86_64', out: 'out', locked: false};

test.each<[string, ImageFile, Partial<BuildChoice>, string]>([
  ['its own packages', {}, {}, 'own-x86_64'],
  ['another base', {base: 'buildroot'}, {base: 'buildroot'}, 'own-x86_64-buildroot'],
  ['another kernel, for its formats', {hardware: ['cloud', 'vmware']}, {}, 'own-x86_64-linux-image-amd64'],
  ['a kernel that has all drivers as it is', {hardware: ['cloud', 'vmware']}, {arch: 'i386'}, 'own-i386'],
])('an image with %s has its lock', (_, chosen, more, name) => {
  const parts = {own: image(), image: image(chosen)};
  expect(lockOf(workspace, parts, {...choice, ...more})).toBe(`/project/locks/${name}.json`);
});
