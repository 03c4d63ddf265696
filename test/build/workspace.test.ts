import {mkdirSync, realpathSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {defaultImage, ownChannel, ownProject} from '../../src/build/own-project.ts';
import {isBrought, rootsOf} from '../../src/build/origin.ts';
import {workspace} from '../../src/build/workspace.ts';
import {shownPath} from '../../src/system/shown-path.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

/** A folder with empty files. */
function folderWith(...paths: readonly string[]): string {
  const folder = realpathSync(temporary());
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), '');
  }
  return folder;
}

test('the project is the nearest folder upwards with definitions; pictures make none', () => {
  const outer = folderWith('images/web.yaml', 'site/images/logo.png', 'site/deep/x');
  const found = workspace({}, join(outer, 'site/deep'));
  expect(found).toMatchObject({project: outer, hasProject: true, out: '../../out', channels: CHECKOUT});
  const inner = folderWith('a/images/one.yaml', 'a/channels/alpha.yaml', 'images/two.yaml');
  expect(workspace({}, join(inner, 'a'))).toMatchObject({
    project: join(inner, 'a'),
    channels: join(inner, 'a'),
    out: 'out',
  });
});

test('without a project leanos builds what it brings, into the folder where the user stands, and writes nothing else', async () => {
  const none = workspace({}, folderWith('images/photo.jpg'));
  expect(none).toMatchObject({project: CHECKOUT, hasProject: false, out: 'out'});
  expect(await defaultImage(none)).toBe('test');
  expect(() => ownProject(none)).toThrow('this needs a project of your own');
  await expect(ownChannel(none, 'alpha')).rejects.toMatchObject({code: 'USAGE'});
});

test("leanos' own checkout is a project with nothing special about it", () => {
  const own = workspace({}, join(CHECKOUT, 'test'));
  expect(own).toMatchObject({project: CHECKOUT, hasProject: true, out: '../out'});
  expect(isBrought('leanos/test', own)).toBe(false);
  // A release of it is built from its commit's own scripts; one of another project with those of this leanos.
  expect(rootsOf(own, '/commit')).toEqual({home: {path: '/commit'}, project: {path: '/commit'}});
  const other = workspace({}, folderWith('images/web.yaml'));
  expect(isBrought('leanos/test', other)).toBe(true);
  expect(rootsOf(other, '/commit')).toMatchObject({home: {path: CHECKOUT}, project: {path: '/commit'}});
});

test.each([
  [['images/test.yaml', 'images/web.yaml'], 'test'],
  [['images/web.yaml'], 'web'],
])('the image of a project with %s is %s where none is named', async (files, image) => {
  expect(await defaultImage(workspace({}, folderWith(...files)))).toBe(image);
});

test('where several images may be meant they are listed', async () => {
  const project = folderWith('images/db.yaml', 'images/web.yaml');
  await expect(defaultImage(workspace({}, project))).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^which image\? .*images\/ has db, web$/) as string,
    hint: '--image db     says it',
  });
});

test.each([
  ['/a/b/images/x.yaml', '/a/b', 'images/x.yaml'],
  ['/a/b/images/x.yaml', '/a/b/c', '../images/x.yaml'],
  ['/tmp/x.yaml', '/home/somebody/somewhere', '/tmp/x.yaml'],
  ['/a', '/a', '.'],
])('%s is shown in %s as %s', (path, from, shown) => {
  expect(shownPath(path, from)).toBe(shown);
});
