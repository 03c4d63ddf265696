import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {readTree} from '../../src/stages/read-tree.ts';
import {artifactFolder, CHECKOUT, LEANOS} from '../support/built-image.ts';

function why(...words: readonly string[]) {
  const {status, stdout, stderr} = spawnSync(LEANOS, ['plan', '--why', ...words], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  return {status, stdout, stderr};
}

/** What the built image has of a library. */
async function bytesOf(library: RegExp): Promise<number> {
  const tree = await readTree(artifactFolder('rootfs'), 'usr.tar');
  const files = [...tree].filter(([path]) => library.test(path));
  return files.reduce((sum, [, entry]) => sum + (entry.type === 'file' ? entry.data.length : 0), 0);
}

test('a package of the image says who asked for it, and the bytes that the built image has of it', async () => {
  const {status, stdout} = why('libpam0g', '--json');
  expect([status, JSON.parse(stdout)]).toEqual([
    0,
    expect.objectContaining({
      package: 'libpam0g',
      answer: 'in-usr',
      ways: [
        {askedBy: 'login.sudo', packages: ['opendoas', 'libpam0g']},
        {askedBy: 'login.sudo', packages: ['libpam-modules', 'libpam0g']},
      ],
      bytes: await bytesOf(/\/libpam\.so\.[\d.]+$/),
    }),
  ]);
});

test.each([
  ['debconf', /^debconf is not in the image\n.*for maintainer scripts alone/],
  ['squashfs-tools', /^squashfs-tools \S+ is not in \/usr\n {2}taken for a tool of the host/],
])('%s has a reason for not being in /usr', (name, said) => {
  const {status, stdout} = why(name);
  expect(stdout).toMatch(said);
  expect(status).toBe(0);
});

test('a name that no package has ends with status 2, and those that are near', () => {
  expect(why('libpam0')).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/no package is called "libpam0"\n {2}near: .*libpam0g/) as string,
  });
});
