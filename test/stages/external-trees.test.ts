import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {file, type FileTree} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {ExternalTrees} from '../../src/stages/buildroot/external-trees.ts';
import {ProjectTree} from '../../src/stages/buildroot/project-tree.ts';
import {recordRun} from '../support/record-run.ts';
import {temporary} from '../support/temporary.ts';

const FILES = {
  'external.desc': 'desc: of acme\nname: ACME\n',
  'Config.in': '',
  'external.mk': '',
  'package/hello/hello.mk': 'x',
  'package/hello/src/hello.c': 'x',
  'package/hello-more/hello-more.mk': 'x',
  'board/notes': 'x',
};
const treeOf = (files: Readonly<Record<string, string>>): FileTree =>
  new Map(Object.entries(files).map(([name, text]) => [name, file(Buffer.from(text), 0o644)]));

async function artifact(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporary();
  writeFileSync(join(folder, 'tree.tar'), await encodeTar(treeOf(files), 0));
  return folder;
}

/** Trees of a build that are asked for and not unpacked, and the folder that they are below. */
async function trees(project?: Readonly<Record<string, string>>) {
  const inputs = {
    external: await artifact({}),
    ...(project === undefined ? {} : {project: await artifact(project)}),
  };
  const work = temporary();
  return {unpacked: await ExternalTrees.unpack(work, {inputs, run: recordRun().run}), work};
}

test('a changed package is another package, and no other changes; what is no package’s counts for all', () => {
  const before = new ProjectTree(treeOf(FILES));
  const changed = (path: keyof typeof FILES) => new ProjectTree(treeOf({...FILES, [path]: 'changed'}));
  const source = changed('package/hello/src/hello.c');
  expect(source.recipe('hello')).not.toBe(before.recipe('hello'));
  expect(source.recipe('hello-more')).toBe(before.recipe('hello-more'));
  expect(source.shared).toBe(before.shared);
  expect(changed('Config.in').shared).toBe(before.shared);
  expect(changed('board/notes').shared).not.toBe(before.shared);
  expect(before.recipe('busybox')).toBe('');
});

test('Buildroot is given leanos’ tree, and the project’s after it where there is one', async () => {
  const alone = await trees();
  expect(alone.unpacked.folders).toEqual([join(alone.work, 'external')]);
  const both = await trees(FILES);
  expect(both.unpacked.folders).toEqual([join(both.work, 'external'), join(both.work, 'project')]);
  const place = (path: string) => both.unpacked.place(path, '/buildroot');
  expect(place('$BR2_EXTERNAL_ACME_PATH/package/hello/Config.in')).toBe(
    join(both.work, 'project/package/hello/Config.in'),
  );
  expect(place('$BR2_EXTERNAL_LEANOS_PATH/Config.in')).toBe(join(both.work, 'external/Config.in'));
  expect(place('package/Config.in')).toBe('/buildroot/package/Config.in');
});

test('a package that is called as one of Buildroot’s is named, wherever Buildroot has it', async () => {
  const {unpacked} = await trees(FILES);
  const {run} = recordRun(() => '/buildroot/package/x11r7/hello_more/hello_more.mk\n');
  await expect(unpacked.checkNames('/buildroot', run)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message:
      'buildroot-overlays/package/hello-more/hello-more.mk:1:1: Buildroot has a package of this name, package/x11r7/hello_more/hello_more.mk; give yours another: folder, files, HELLO_MORE_… and BR2_PACKAGE_HELLO_MORE',
  });
});
