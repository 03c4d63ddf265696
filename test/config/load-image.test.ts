import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn, type Places} from '../../src/config/places.ts';
import {LeanosError, exitStatus} from '../../src/core/error.ts';
import {temporary} from '../support/temporary.ts';

/** A folder with the given images, and folders that these lay over; a value that is no text is written as bytes. */
function withImages(images: Readonly<Record<string, string | Buffer>>): string {
  const folder = temporary();
  for (const name of ['images', 'a', 'b', 'c', 'over/cirros'])
    mkdirSync(join(folder, name), {recursive: true});
  for (const [name, content] of Object.entries(images))
    writeFileSync(join(folder, 'images', `${name}.yaml`), content);
  return folder;
}

function checkout(images: Readonly<Record<string, string | Buffer>>): Places {
  return bothIn(withImages(images));
}

async function failure(
  images: Readonly<Record<string, string | Buffer>>,
  name = 'cloud',
): Promise<LeanosError> {
  const places = checkout(images);
  const error: unknown = await loadImage(places, name).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeanosError);
  const {code, message} = error as LeanosError;
  return new LeanosError(code, message.replaceAll(`${places.project}/`, ''));
}

test.each([
  [
    'an unknown key of a package that is a file',
    'packages:\n  - {deb: debs/x.deb, sha: 5}\n',
    'images/cloud.yaml:2:23: packages[0].sha: unknown key',
  ],
  [
    'a file of a package that is no name, by the form that it is nearest to',
    'packages:\n  - {deb: 5}\n',
    'images/cloud.yaml:2:11: packages[0].deb: found a number (5), a text is needed',
  ],
  [
    'a package that is a file of somebody else',
    'packages:\n  - {deb: ../x.deb}\n',
    'images/cloud.yaml:2:11: packages[0].deb: found "../x.deb"; a file of the project without a leading "/" is needed, such as debs/my_1.0_amd64.deb',
  ],
  [
    'a package that is a file, for Buildroot',
    'packages:\n  buildroot: [{deb: x.deb}]\n',
    'images/cloud.yaml:2:15: packages.buildroot[0].name: missing; a text is needed\nimages/cloud.yaml:2:15: packages.buildroot[0].files: missing; a list is needed\nimages/cloud.yaml:2:16: packages.buildroot[0].deb: unknown key',
  ],
  [
    'a repository whose keys nobody names',
    "repositories:\n  a: {url: 'https://x', suite: stable}\n",
    'images/cloud.yaml:2:6: repositories.a.keyring: missing; a text is needed',
  ],
  [
    'a repository whose address has options of apt',
    "repositories:\n  a: {url: 'https://x [trusted=yes]', suite: stable, keyring: k}\n",
    'images/cloud.yaml:2:12: repositories.a.url: found "https://x [trusted=yes]"; an address is needed, such as https://…, without name and password: apt_auth.conf(5) of the host has these',
  ],
  [
    'a repository whose address has a password, which would be in the bill of materials',
    "repositories:\n  a: {url: 'https://me:secret@x/@y', suite: stable, keyring: k}\n",
    'images/cloud.yaml:2:12: repositories.a.url: found "https://me:secret@x/@y"; an address is needed, such as https://…, without name and password: apt_auth.conf(5) of the host has these',
  ],
  [
    'an unknown key',
    'usr:\n  compresion: zstd\n',
    'images/cloud.yaml:2:3: usr.compresion: unknown key; did you mean "compression"?',
  ],
  [
    'an unknown value',
    'base: debain\n',
    'images/cloud.yaml:1:7: base: found "debain"; known: debian, buildroot; did you mean "debian"?',
  ],
  [
    'an archive that has only what has changed',
    'archives: [security]\n',
    'images/cloud.yaml:1:11: archives: found ["security"]; main is needed: the other archives have only what has changed',
  ],
  [
    'a mode of payloads that is none',
    'payload:\n  mode: bot\n',
    'images/cloud.yaml:2:9: payload.mode: found "bot"; known: auto, boot, guest, xen; did you mean "boot"?',
  ],
  [
    'an unknown key of a file that a payload is given',
    'payload:\n  file: x\n  files:\n    - file: a\n      nam: b\n',
    'images/cloud.yaml:5:7: payload.files[0].nam: unknown key; did you mean "name"?',
  ],
  [
    'memory that is no size',
    'payload: {memory: 64 megabytes}\n',
    'images/cloud.yaml:1:19: payload.memory: found "64 megabytes"; a size of whole MiB is needed, such as 64MiB',
  ],
  [
    'arguments of two lines',
    'payload:\n  args: "a\\nb"\n',
    'images/cloud.yaml:2:9: payload.args: found "a\\nb"; one line is needed',
  ],
  [
    'a wrong type',
    'packages: curl\n',
    'images/cloud.yaml:1:11: packages: found a text ("curl"), a list is needed',
  ],
  [
    'a number for a text',
    'hostname: 12\n',
    'images/cloud.yaml:1:11: hostname: found a number (12), a text is needed',
  ],
  [
    'a bad size',
    'disk:\n  usr: 26 megabytes\n',
    'images/cloud.yaml:2:8: disk.usr: found "26 megabytes"; a size of whole MiB, at least 8MiB is needed, such as 64MiB or 2GiB',
  ],
  [
    'a text in quotes, at the quotation mark',
    'base: "debain"\n',
    'images/cloud.yaml:1:7: base: found "debain"; known: debian, buildroot; did you mean "debian"?',
  ],
  [
    'a key in quotes, at the quotation mark',
    "'hostnam': x\n",
    'images/cloud.yaml:1:1: hostnam: unknown key; did you mean "hostname"?',
  ],
  ['a list for a map', 'usr: [a]\n', 'images/cloud.yaml:1:6: usr: found a list, a map of keys is needed'],
  [
    'a way out of the checkout',
    'overlays: [../../etc]\n',
    'images/cloud.yaml:1:12: overlays[0]: found "../../etc"; a folder inside the project is needed',
  ],
  [
    'a compression that the format does not know',
    'usr: {format: erofs, compression: xz}\n',
    'images/cloud.yaml:1:35: usr.compression: found "xz"; erofs knows: zstd, lzma, lz4hc, lz4',
  ],
  [
    'a level of a compression that has none',
    'usr: {compression: xz, level: 9}\n',
    'images/cloud.yaml:1:31: usr.level: xz has no levels; only zstd is given one',
  ],
  [
    'containers on a userland that has nothing to run them',
    'base: buildroot\ncontainers: true\n',
    'images/cloud.yaml:2:13: containers: a userland of buildroot has neither crun nor curl; `base: {userland: debian}` has them',
  ],
])('%s is told with its place', async (_what, yaml, message) => {
  const error = await failure({cloud: yaml});
  expect(error.message).toBe(message);
  expect(exitStatus(error)).toBe(2);
});

test('a level goes with the compression of its own image', async () => {
  const base = 'usr: {level: 22}\n';
  const images = {base, cloud: 'extends: base\nusr: {compression: xz}\n', same: 'extends: base\n'};
  expect((await loadImage(checkout(images), 'cloud')).usr).not.toHaveProperty('level');
  expect((await loadImage(checkout(images), 'same')).usr.level).toBe(22);
});

test('all that is wrong in a file is told at once, in its order', async () => {
  const error = await failure({cloud: 'bases: x\nusr: {formats: y}\nhostname: x_y\n'});
  expect(error.message.split('\n').map((line) => line.split(': ')[0])).toEqual([
    'images/cloud.yaml:1:1',
    'images/cloud.yaml:2:7',
    'images/cloud.yaml:3:11',
  ]);
});

test('bad YAML is told with its place', async () => {
  const error = await failure({cloud: 'usr:\n  - a\n b: c\n'});
  expect(error.message).toMatch(/^images\/cloud\.yaml:3:\d+: /);
});

test('a missing image is told with what is near', async () => {
  expect((await failure({cloud: ''}, 'clod')).message).toBe(
    'no image "clod" in images/; did you mean "cloud"?',
  );
});

test('a missing parent is told where it is named', async () => {
  const error = await failure({cloud: 'description: x\nextends: bsae\n', base: ''});
  expect(error.message).toBe(
    'images/cloud.yaml:2:10: extends: no image "bsae" in images/; did you mean "base"?',
  );
});

test('images that extend each other in a circle are told', async () => {
  const error = await failure({cloud: 'extends: a\n', a: 'extends: b\n', b: 'extends: a\n'});
  expect(error.message).toBe(
    'images/b.yaml:1:10: extends: the images extend each other in a circle: cloud → a → b → a',
  );
});

test('a name is no path', async () => {
  expect((await failure({'My web': ''}, 'My web')).message).toBe(
    '"My web" can be no image\'s name: small letters, digits and "-" are needed',
  );
  expect((await failure({cloud: ''}, '../cloud')).message).toMatch(/^no image "\.\.\/cloud" in images\//);
});

test('overlays that are no folders are told where they stand, before anything is asked of a mirror', async () => {
  const {message} = await failure({cloud: 'extends: base\n', base: '\noverlays: [a, overlays/web]\n'});
  expect(message).toBe(
    'images/base.yaml:2:11: overlays: there is no folder overlays/web; one is needed that has what is laid over the root filesystem, such as etc/motd',
  );
});

test('where packages are named is known, of each file', async () => {
  const {more} = await loadImage(
    checkout({
      cloud: 'extends: base\npackages: [curl]\n',
      base: 'packages: {debian: [{name: jq, files: [usr/bin/jq]}]}\n',
    }),
    'cloud',
  );
  expect(
    more.named.map(({name, said: {file, line, column, path}}) => [
      name,
      `${file}:${line}:${column}: ${path}`,
    ]),
  ).toEqual([
    ['curl', expect.stringMatching(/images\/cloud\.yaml:2:12: packages\[0\]$/)],
    ['jq', expect.stringMatching(/images\/base\.yaml:1:21: packages\.debian\[0\]$/)],
  ]);
});

test.each([
  ['ten megabytes', Buffer.alloc(10 * 1024 * 1024, 'a: b\n')],
  ['binary junk', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff])],
  ['text that is no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe])],
])('%s is refused', async (_what, content) => {
  const error = await failure({cloud: content});
  expect(error.message).toMatch(/^images\/cloud\.yaml:1:\d+: /);
  expect(exitStatus(error)).toBe(2);
});

test('maps are merged key by key, lists are replaced, packages and drivers are added', async () => {
  const folder = checkout({
    base: 'disk: {esp: 64MiB, usr: 32MiB}\npackages: [curl, jq]\nmodules: {usr: [veth]}\noverlays: [a, b]\n',
    cloud:
      'extends: base\ndisk: {usr: 48MiB}\npackages: [{name: curl, files: [usr/bin/curl]}, tar]\nmodules: {usr: [sg, veth]}\noverlays: [c]\n',
  });
  const image = await loadImage(folder, 'cloud');
  expect(image.disk).toMatchObject({espBytes: 64 * 2 ** 20, usrBytes: 48 * 2 ** 20});
  expect(image.packages.debian).toEqual([
    {name: 'curl', files: ['usr/bin/curl']},
    {name: 'jq'},
    {name: 'tar'},
  ]);
  expect(image.modules.usr.slice(-2)).toEqual(['veth', 'sg']);
  expect(image.modules.usr).toContain('isofs');
  expect(image.overlays).toEqual(['c']);
});

test('packages that are files, and repositories, come beside those of the image that is extended, with their places', async () => {
  const repository = (name: string) =>
    `repositories: {${name}: {url: 'https://${name}', suite: s, keyring: keys/${name}}}\n`;
  const home = withImages({base: `packages: [{deb: debs/a.deb}]\n${repository('one')}`});
  const project = withImages({
    cloud: `extends: leanos/base\npackages: {debian: [less, {deb: ./debs//b.deb, files: [usr/bin/b]}]}\n${repository('two')}`,
  });
  const {debs, repositories, packages, busybox} = await loadImage({home, project}, 'cloud');
  expect(debs).toMatchObject([
    {path: 'leanos/debs/a.deb', isForAnyBase: true, said: {line: 1, column: 18}},
    {path: 'debs/b.deb', files: ['usr/bin/b'], isForAnyBase: false, said: {line: 2, column: 33}},
  ]);
  expect(repositories).toMatchObject([
    {name: 'one', components: ['main'], keyring: 'leanos/keys/one', said: {line: 2}},
    {name: 'two', components: ['main'], keyring: 'keys/two', said: {line: 3}},
  ]);
  expect(packages.debian).toEqual([{name: 'less'}]);
  expect(busybox.linking).toBe('shared');
});

test('an empty file is an image of defaults', async () => {
  const image = await loadImage(checkout({cloud: ''}), 'cloud');
  expect(image).toMatchObject({
    name: 'cloud',
    base: {kernel: 'debian', userland: 'debian'},
    login: {user: 'leanos', passwordHash: null},
  });
});

test('kernel and userland may have bases of their own, and packages are named for each base', async () => {
  const folder = checkout({
    base: 'packages: {debian: [jq], buildroot: [htop]}\n',
    cloud: [
      'extends: base',
      'base: {kernel: buildroot}',
      'packages: {buildroot: [htop, {name: lua-cjson, files: [usr/lib/lua]}]}',
      'busybox: {fragments: [a.fragment]}',
      'kernel: {fragments: [b.fragment]}',
      'buildroot: {sources: debian, source: {url: https://x/y.tar.xz, sha256: ' + 'a'.repeat(64) + '}}',
    ].join('\n'),
  });
  const image = await loadImage(folder, 'cloud');
  expect(image.base).toEqual({kernel: 'buildroot', userland: 'debian'});
  expect(image.packages).toEqual({
    debian: [{name: 'jq'}],
    buildroot: [{name: 'htop'}, {name: 'lua-cjson', files: ['usr/lib/lua']}],
  });
  expect(image.busybox).toEqual({linking: 'static', fragments: ['a.fragment']});
  expect(image.kernel.fragments).toEqual(['b.fragment']);
  expect(image.buildroot).toEqual({
    source: {kind: 'tarball', url: 'https://x/y.tar.xz', sha256: 'a'.repeat(64)},
    sources: 'debian',
    linking: 'static',
    config: [],
  });
});

test('the libraries of the Buildroot base may be shared', async () => {
  const folder = checkout({cloud: 'base: buildroot\nbuildroot: {linking: shared}\n'});
  expect((await loadImage(folder, 'cloud')).buildroot.linking).toBe('shared');
});

test.each([
  ['buildroot: {config: [PACKAGE_X=y]}\n', /^images\/cloud\.yaml:1:\d+: buildroot\.config/],
  ['buildroot: {sources: debain}\n', /^images\/cloud\.yaml:1:\d+: buildroot\.sources/],
  [
    'buildroot: {linking: dynamic}\n',
    /^images\/cloud\.yaml:1:\d+: buildroot\.linking: found "dynamic"; known: static, shared/,
  ],
  ['buildroot: {source: {git: https://x}}\n', /^images\/cloud\.yaml:1:\d+: buildroot\.source/],
  ['kernel: {fragments: [/etc/passwd]}\n', /^images\/cloud\.yaml:1:\d+: kernel\.fragments/],
])('%s is refused where it stands', async (content, message) => {
  const error = await failure({cloud: content});
  expect(error.message).toMatch(message);
  expect(exitStatus(error)).toBe(2);
});

describe('a project beside what leanos brings', () => {
  const home = () =>
    withImages({
      test: 'hostname: brought\n',
      cirros: 'extends: test\noverlays: [over/cirros]\nkernel: {fragments: [linux.fragment]}\n',
    });

  test('extends a definition of leanos, which extends its own and not that of the project', async () => {
    const project = withImages({web: 'extends: leanos/cirros\n', test: 'hostname: written\n'});
    const places = {home: home(), project};
    expect((await loadImage(places, 'web')).hostname).toBe('brought');
    expect((await loadImage(places, 'test')).hostname).toBe('written');
    expect(await loadImage(places, 'leanos/test')).toMatchObject({name: 'test', hostname: 'brought'});
  });

  test('names files of its own, and inherits those of leanos', async () => {
    const project = withImages({
      web: 'extends: leanos/cirros\n',
      own: 'extends: web\noverlays: [over/cirros, leanos/over/cirros]\n',
    });
    const places = {home: home(), project};
    expect(await loadImage(places, 'web')).toMatchObject({
      overlays: ['leanos/over/cirros'],
      kernel: {fragments: ['leanos/linux.fragment']},
    });
    expect((await loadImage(places, 'own')).overlays).toEqual(['over/cirros', 'leanos/over/cirros']);
  });

  test("is told leanos' name of an image that it does not have", async () => {
    const project = withImages({web: 'extends: cirros\n'});
    await expect(loadImage({home: home(), project}, 'web')).rejects.toThrow(
      `${project}/images/web.yaml:1:10: extends: no image "cirros" in ${project}/images/; did you mean "leanos/cirros"?`,
    );
  });

  test("is nothing special: in leanos' own checkout the word says nothing more", async () => {
    const places = checkout({
      test: 'overlays: [a]\n',
      web: 'extends: leanos/test\noverlays: [leanos/a, b]\n',
    });
    expect(await loadImage(places, 'leanos/web')).toMatchObject({name: 'web', overlays: ['a', 'b']});
    expect((await failure({test: 'extends: leanos/test\n'}, 'test')).message).toContain('in a circle');
  });
});
