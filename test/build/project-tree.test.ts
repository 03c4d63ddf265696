import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {projectTree} from '../../src/build/project-tree.ts';
import {bothIn} from '../../src/config/places.ts';
import type {SourceFolder} from '../../src/recipes/buildroot.ts';
import {digestSourceTree} from '../../src/stages/source-tree.ts';
import {temporary} from '../support/temporary.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const TREE = {'external.desc': 'name: ACME\n', 'Config.in': '', 'external.mk': ''};

/** What is said of the tree of a project with these files. */
function treeOf(files: Readonly<Record<string, string>>, project = temporary()) {
  for (const [name, text] of Object.entries(files)) {
    const file = join(project, 'buildroot-overlays', name);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, text);
  }
  const source = async (folder: string, only: string): Promise<SourceFolder> => ({
    folder,
    only,
    digest: await digestSourceTree({path: project}, folder, {only}),
  });
  return projectTree({home: CHECKOUT, project}, source);
}

test('a project without a tree, or with overlays alone, brings none; leanos’ own checkout has one tree', async () => {
  expect(await treeOf({})).toBeUndefined();
  expect(await treeOf({'web/etc/motd': 'x', 'board/linux.fragment': 'CONFIG_X=y\n'})).toBeUndefined();
  const never = (): never => {
    throw new Error('it is read as a project');
  };
  expect(await projectTree(bothIn(CHECKOUT), never)).toBeUndefined();
});

test('a changed recipe is another tree; a changed overlay is none', async () => {
  const project = temporary();
  const before = await treeOf({...TREE, 'package/hello/hello.mk': 'x', 'web/etc/motd': 'x'}, project);
  const digest = async (files: Record<string, string>) => (await treeOf(files, project))?.digest;
  expect(await digest({'web/etc/motd': 'y'})).toBe(before?.digest);
  expect(await digest({'package/hello/hello.mk': 'y'})).not.toBe(before?.digest);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    'recipes without a description',
    {'package/hello/hello.mk': '', 'Config.in': '', 'external.mk': ''},
    'buildroot-overlays/external.desc:1:1: there is no such file, and Buildroot takes no tree without it; one line in it is its name: "name: WEB"',
  ],
  [
    'a description alone',
    {'external.desc': 'name: ACME\n'},
    'buildroot-overlays/Config.in:1:1: there is no such file, and Buildroot takes no tree without it; it may be empty\n' +
      'buildroot-overlays/external.mk:1:1: there is no such file, and Buildroot takes no tree without it; it may be empty',
  ],
  [
    'no name',
    {...TREE, 'external.desc': 'desc: mine\n'},
    'buildroot-overlays/external.desc:1:1: the tree has no name; a line gives it one: "name: WEB"',
  ],
  [
    'a name that is none',
    {...TREE, 'external.desc': 'name: my-tree\n'},
    'buildroot-overlays/external.desc:1:1: name: "my-tree" is no name: letters, digits and _ are',
  ],
  [
    'the name of leanos’ own tree',
    {...TREE, 'external.desc': 'desc: mine\nname: LEANOS\n'},
    'buildroot-overlays/external.desc:2:1: name: LEANOS is the tree of leanos; give yours another name',
  ],
  [
    'a package of leanos’',
    {...TREE, 'package/apps/signify/signify.mk': ''},
    'buildroot-overlays/package/apps/signify/signify.mk:1:1: leanos has a package of this name, leanos/buildroot-overlays/package/signify/signify.mk; give yours another: folder, files, SIGNIFY_… and BR2_PACKAGE_SIGNIFY',
  ],
])('%s: the file is named, and what to do', async (_, files, message) => {
  await expect(treeOf(files)).rejects.toMatchObject({code: 'CONFIG_INVALID', message});
});
