import {join} from 'node:path';
import {expect, test} from 'vitest';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {withDefaults} from '../../src/config/image-defaults.ts';
import type {ImageFile} from '../../src/config/image.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {canonicalJson, sha256} from '../../src/core/canonical.ts';
import {findInputs, lockedInputs, type FoundInputs} from '../../src/recipes/find-inputs.ts';
import type {ImageInputs} from '../../src/recipes/inputs.ts';
import {inputRequest, requestDigest} from '../../src/recipes/input-request.ts';
import {writeLock} from '../../src/recipes/lock.ts';
import {NO_MORE_SOURCES, type MoreSources} from '../../src/system/more-sources.ts';
import type {Run} from '../../src/system/run.ts';
import type {PackagePin} from '../../src/system/apt.ts';
import {NO_INPUTS, NO_TOOLS} from '../support/no-inputs.ts';
import {temporary} from '../support/temporary.ts';

const {riscv64} = ARCHITECTURES;

function asked(file: ImageFile, environment: NodeJS.ProcessEnv = {}) {
  const image = withDefaults('web', file);
  return {
    request: inputRequest(image, riscv64),
    sources: (suite: string, architecture: string) =>
      debianSources({suite, architecture, archives: image.archives}, workspace(environment), environment),
    host: 'amd64',
  };
}

/** A mirror that cannot be asked. */
const offline: Run = ([program]) => Promise.reject(new Error(`${program} was asked`));

test.each<NodeJS.ProcessEnv>([{}, {LEANOS_DEBIAN_ARCHIVES: 'main'}])(
  'with a lock that fits no list is asked for: %j',
  async (environment) => {
    const folder = temporary();
    const {request, ...where} = asked({}, environment);
    const lock = join(folder, 'lock.json');
    await writeLock(lock, request, NO_INPUTS);
    const options = {lock, resolved: join(folder, 'resolved'), ...where, run: offline, note: () => undefined};
    await expect(findInputs(request, options)).resolves.toEqual({inputs: NO_INPUTS, locked: true});
    await expect(findInputs({...request, suite: 'sid'}, options)).rejects.toThrow('apt-get was asked');
  },
);

test('other archives make another request; all of them, in any order, the one that locks were made for', () => {
  const digest = (file: ImageFile) => requestDigest(asked(file).request);
  const {archives, ...older} = asked({}).request;
  expect(archives).toEqual(['main', 'updates', 'security']);
  expect(digest({})).toBe(sha256(canonicalJson(older)));
  expect(digest({archives: ['security', 'main', 'updates', 'main']})).toBe(digest({}));
  expect(digest({archives: ['main']})).not.toBe(digest({}));
  expect(digest({archives: ['main', 'security']})).not.toBe(digest({archives: ['main']}));
});

test('another file of a package, another keyring or another priority makes another request; none of them the one of older locks', () => {
  const said = {file: '', line: 1, column: 1, path: '', message: ''};
  const deb = {name: 'my', version: '1', url: 'project:my.deb', bytes: 1, sha256: 'a', control: '', said};
  const keyring = {path: '/keys', sha256: 'b', isArmoured: true};
  const tools = {name: 'tools', url: 'http://x', suite: 's', components: ['main'], keyring, said};
  const open = {...tools, priority: undefined, packages: undefined};
  const digest = (more: Partial<MoreSources>) => {
    const image = {...withDefaults('web', {}), more: {...NO_MORE_SOURCES, ...more}};
    return requestDigest(inputRequest(image, riscv64));
  };
  const digests = [
    digest({}),
    digest({debs: [deb]}),
    digest({debs: [{...deb, sha256: 'c'}]}),
    digest({repositories: [open]}),
    digest({repositories: [{...open, keyring: {...keyring, sha256: 'c'}}]}),
    digest({repositories: [{...open, priority: 100}]}),
    digest({repositories: [{...open, packages: ['my']}]}),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digests[0]).toBe(requestDigest(asked({}).request));
  // Where the same bytes lie, and where a definition says so, makes no other.
  expect(digest({debs: [{...deb, said: {...said, line: 7}}]})).toBe(digests[1]);
  expect(digest({repositories: [{...open, keyring: {...keyring, path: '/other'}}]})).toBe(digests[3]);
});

test('what fewer archives answered is not taken for the answer of all', async () => {
  const folder = temporary();
  const notes: string[] = [];
  const find = async (environment: NodeJS.ProcessEnv) => {
    const {request, ...where} = asked({}, environment);
    const options = {lock: join(folder, 'none'), resolved: folder, ...where, run: offline};
    return findInputs(request, {...options, note: (text) => notes.push(text)});
  };
  const fewer = asked({archives: ['main']}).request;
  await writeLock(join(folder, `${requestDigest(fewer)}.json`), asked({}).request, NO_INPUTS);
  await expect(find({LEANOS_DEBIAN_ARCHIVES: 'main'})).resolves.toMatchObject({inputs: NO_INPUTS});
  await expect(find({})).rejects.toThrow('apt-get was asked');
  await expect(find({LEANOS_DEBIAN_ARCHIVES: 'main,security'})).rejects.toThrow('apt-get was asked');
  expect(notes.map((note) => /'s packages(.*)/.exec(note)?.[1])).toEqual(['', ', without updates']);
});

/** What is found where the mirror answered so before, and cannot be asked now. */
async function foundAfter(file: ImageFile, answered: Partial<ImageInputs>): Promise<FoundInputs> {
  const folder = temporary();
  const {request, ...where} = asked(file);
  await writeLock(join(folder, `${requestDigest(request)}.json`), request, {...NO_INPUTS, ...answered});
  const lock = join(folder, 'none');
  return findInputs(request, {lock, resolved: folder, ...where, run: offline, note: () => undefined});
}

function pinOf(name: string): PackagePin {
  const sha256 = 'a'.repeat(64);
  return {name, version: '1', architecture: 'amd64', source: 'a', url: 'debian:pool/a.deb', bytes: 1, sha256};
}

test('an answer from before leanos compiled modules of Python is asked for once more', async () => {
  const python = [pinOf('python3.13-minimal')];
  await expect(foundAfter({}, {userland: python})).rejects.toThrow('apt-get was asked');
  const hosts = {amd64: {...NO_TOOLS, python}};
  await expect(foundAfter({}, {userland: python, hosts})).resolves.toMatchObject({locked: false});
});

test('what was answered before sandboxes had emulators is asked anew, for an image that may need one', async () => {
  const pin = pinOf('qemu-user');
  const find = (file: ImageFile, emulator: readonly PackagePin[]) =>
    foundAfter(file, {sandbox: [pin], hosts: {amd64: {...NO_TOOLS, emulator}}});
  const packages = {packages: ['locales']};
  await expect(find(packages, [])).rejects.toThrow('apt-get was asked');
  await expect(find(packages, [pin])).resolves.toMatchObject({locked: false});
  await expect(find({}, [])).resolves.toMatchObject({locked: false});
});

test('one architecture can have other archives than the rest', () => {
  const {sources} = asked({}, {LEANOS_DEBIAN_ARCHIVES_riscv64: 'main'});
  expect(sources('trixie', 'riscv64').archives).toEqual(['main']);
  expect(sources('trixie', 'amd64').archives).toEqual(['main', 'updates', 'security']);
});

test.each([
  ['main, securty', /"securty"; known: main, updates, security; did you mean "security"\?/],
  ['security', /main is needed/],
])('LEANOS_DEBIAN_ARCHIVES=%j is refused', (text, message) => {
  expect(() => asked({}, {LEANOS_DEBIAN_ARCHIVES: text}).sources('trixie', 'riscv64')).toThrow(message);
});

test.each(['riscv64', 'ppc64el', 's390x', 'armhf'])(
  'a lock that pins no tools for a host of %s is refused there, and not built from with others',
  async (host) => {
    const folder = temporary();
    const {request, ...where} = asked({});
    const lock = join(folder, 'lock.json');
    await writeLock(lock, request, NO_INPUTS);
    const options = {...where, lock, resolved: folder, run: offline, note: () => undefined, host};
    const refused = {
      code: 'LOCKED',
      message: `${lock} has tools for hosts of amd64, and none for ${host}`,
      hint: expect.stringMatching(/^leanos lock +on this host pins them too/) as string,
    };
    await expect(findInputs(request, options)).rejects.toMatchObject(refused);
    await expect(lockedInputs(request, options)).rejects.toMatchObject(refused);
    await expect(lockedInputs(request, {...options, host: 'amd64'})).resolves.toEqual(NO_INPUTS);
  },
);

test('a C library is taken where the userland of Buildroot shares it, and a lock of before is fit where it does not', () => {
  const libc = (file: ImageFile) => inputRequest(withDefaults('web', file), ARCHITECTURES.x86_64);
  expect(libc({base: 'buildroot', buildroot: {linking: 'shared'}})).toMatchObject({libc: ['musl']});
  expect(libc({base: 'buildroot'})).not.toHaveProperty('libc');
  expect(libc({base: {kernel: 'buildroot'}, buildroot: {linking: 'shared'}})).not.toHaveProperty('libc');
});

test('what an image takes does not depend on the host, and each architecture has its release', () => {
  const suite = (arch: keyof typeof ARCHITECTURES, file: ImageFile = {}) => {
    const {suite: own, host} = inputRequest(withDefaults('web', file), ARCHITECTURES[arch]);
    return [own, host.suite];
  };
  expect(suite('riscv64')).toEqual(['trixie', 'trixie']);
  expect(suite('i386')).toEqual(['bookworm', 'trixie']);
  expect(suite('i386', {suite: 'sid'})).toEqual(['sid', 'trixie']);
  // The compiler and the kernel's source are of the release of the tools: that of i386's last kernel is too old for them.
  expect(suite('i386', {base: 'buildroot'})).toEqual(['trixie', 'trixie']);
});
