import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pack} from 'tar-stream';
import {expect, test} from 'vitest';
import {withPackageSources} from '../../src/build/package-sources.ts';
import type {ImageDefinition} from '../../src/config/image.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import type {Run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

const SAID = {file: 'a.yaml', line: 2, column: 3, path: 'x', message: ''};

/** What is said of a definition with one package and one repository, whose files are made so. */
async function saidOf(more: Partial<ImageDefinition>, run: Run, made: (project: string) => void) {
  const project = temporary();
  made(project);
  const image = {
    base: {kernel: 'debian', userland: 'debian'},
    packages: {debian: [], buildroot: []},
    debs: [],
    repositories: [],
    ...more,
  } as unknown as ImageDefinition;
  return withPackageSources(image, {places: {home: '/home', project}, arch: ARCHITECTURES.x86_64, run});
}

test('a keyring that is a pipe is refused at its place: nobody waits for it', async () => {
  const repositories = [
    {name: 'a', keyring: 'keys', said: SAID},
  ] as unknown as ImageDefinition['repositories'];
  const run: Run = () => Promise.reject(new Error('nothing is run'));
  await expect(
    saidOf({repositories}, run, (project) => execFileSync('mkfifo', [join(project, 'keys')])),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/^a\.yaml:2:3: .*keys is a named pipe, and a file is needed/) as string,
  });
});

test('a package with a device is refused at its place', async () => {
  const packer = pack();
  packer.entry({name: './dev/disk', type: 'block-device'});
  packer.finalize();
  const tar: Buffer[] = [];
  for await (const chunk of packer) tar.push(chunk as Buffer);
  const run: Run = (argv, {outputFile = '/dev/null'} = {}) => {
    if (argv[1] === '--fsys-tarfile' && outputFile !== '/dev/null')
      writeFileSync(outputFile, Buffer.concat(tar));
    return Promise.resolve('Package: my\nVersion: 1\nArchitecture: all\n');
  };
  const debs = [{path: 'my.deb', sha256: undefined, files: undefined, isForAnyBase: true, said: SAID}];
  await expect(
    saidOf({debs}, run, (project) => writeFileSync(join(project, 'my.deb'), '')),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      /^a\.yaml:2:3: .*my\.deb is no whole package of Debian: tar entry \.\/dev\/disk is a block-device/,
    ) as string,
  });
});
