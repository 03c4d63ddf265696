import {execFileSync, spawn} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {get} from 'node:http';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {freePort} from '../../src/vm/free-port.ts';
import {CHECKOUT, LEANOS} from '../support/built-image.ts';
import {certificates} from '../support/certificates.ts';
import {ended} from '../support/clone.ts';
import {fakeBuildFolder, fakeContainer} from '../support/fake-build-folder.ts';
import {fakeKey} from '../support/fake-release.ts';
import {temporary} from '../support/temporary.ts';

interface Server {
  readonly tls?: {readonly certificate: string; readonly key: string};
  readonly htpasswd?: string;
}

/** Docker's own registry, as Debian packages it, and where it listens. */
async function dockerRegistry({tls, htpasswd}: Server = {}): Promise<string> {
  const [folder, port, debugPort] = [temporary(), await freePort(), await freePort()];
  const config = {
    version: '0.1',
    log: {level: 'error'},
    storage: {filesystem: {rootdirectory: join(folder, 'data')}},
    http: {
      addr: `127.0.0.1:${port}`,
      debug: {addr: `127.0.0.1:${debugPort}`},
      ...(tls === undefined ? {} : {tls: {certificate: tls.certificate, key: tls.key}}),
    },
    ...(htpasswd === undefined ? {} : {auth: {htpasswd: {realm: 'test', path: htpasswd}}}),
  };
  // YAML is a superset of JSON.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {stdio: 'ignore'});
  onTestFinished(() => void server.kill());
  await expect.poll(() => answers(debugPort), {timeout: 60_000, interval: 20}).toBe(true);
  return `127.0.0.1:${port}`;
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get({port, host: '127.0.0.1', path: '/'}, (answer) => {
      answer.resume();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

async function leanos(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const home = temporary();
  return ended(
    spawn(LEANOS, words, {
      cwd: CHECKOUT,
      env: {
        ...process.env,
        HOME: home,
        LEANOS_CACHE: process.env['LEANOS_CACHE'] ?? join(process.env['HOME'] ?? '', '.cache/leanos'),
        ...env,
      },
    }),
  );
}

function files(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

/** A registry that asks for a password, with a certificate of an own authority, and the home of somebody who has both. */
async function privateRegistry() {
  const {ca, tls} = certificates();
  const [folder, home] = [temporary(), temporary()];
  const htpasswd = join(folder, 'passwords');
  execFileSync('htpasswd', ['-B', '-b', '-c', htpasswd, 'me', 'secret'], {stdio: 'pipe'});
  const host = await dockerRegistry({tls, htpasswd});
  mkdirSync(join(home, '.docker'));
  const auth = Buffer.from('me:secret').toString('base64');
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({auths: {[host]: {auth}}}));
  const certificatesOfHost = join(home, '.config/containers/certs.d', host);
  mkdirSync(certificatesOfHost, {recursive: true});
  writeFileSync(join(certificatesOfHost, 'ca.crt'), readFileSync(ca));
  return {host, ca, home, certificatesOfHost};
}

/** What `leanos inspect` says of an address. */
async function inspected(address: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const {status, stdout, stderr} = await leanos(['inspect', '--json', address], env);
  return status === 0 ? JSON.parse(stdout) : stderr;
}

test("Docker's registry takes an image, gives it back whole, and skopeo and inspect read the index", async () => {
  const host = await dockerRegistry();
  const key = fakeKey();
  const source = fakeBuildFolder({keys: [key], bytes: 3_000_000});
  const address = `oci://${host}/me/leanos:beta`;
  expect(await leanos(['push', source, address])).toMatchObject({status: 0});
  const again = await leanos(['push', fakeBuildFolder({arch: 'aarch64', keys: [key]}), address, '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({
    address,
    platforms: ['linux/amd64', 'linux/arm64'],
    there: 2,
  });
  const folder = join(temporary(), 'here');
  const {status, stdout} = await leanos([
    'pull',
    address,
    folder,
    '--arch',
    'x86_64',
    '--key',
    key.publicFile,
  ]);
  expect({status, stdout}).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`signed by ${key.secret.id}`) as string,
  });
  expect(files(folder)).toEqual(files(source));
  const raw = execFileSync(
    'skopeo',
    ['inspect', '--raw', '--tls-verify=false', `docker://${host}/me/leanos:beta`],
    {encoding: 'utf8'},
  );
  expect(JSON.parse(raw)).toMatchObject({
    manifests: [{platform: {architecture: 'amd64'}}, {platform: {architecture: 'arm64'}}],
  });
  expect(await inspected(address)).toMatchObject({
    kind: 'OCI index of leanos image',
    facts: {
      platforms: [
        expect.stringMatching(/^linux\/amd64 sha256:/),
        expect.stringMatching(/^linux\/arm64 sha256:/),
      ],
      ...{image: 'test', version: '4891.0.0', arch: 'x86_64', 'signed by': [key.secret.id]},
      files: expect.arrayContaining([
        expect.stringMatching(/^leanos-4891\.0\.0-test-x86_64-disk\.qcow2 .*MiB/),
      ]) as unknown,
    },
  });
});

test('a container image goes there as it is: skopeo has it for each architecture, and its tag takes nothing else', async () => {
  const host = await dockerRegistry();
  const address = `oci://${host}/me/leanos:1`;
  const folders = await Promise.all(
    (['x86_64', 'aarch64'] as const).map(async (arch) => {
      const archive = await fakeContainer(arch);
      return fakeBuildFolder({arch, containers: {oci: archive, containerdisk: archive}});
    }),
  );
  for (const folder of folders)
    expect(await leanos(['push', folder, address, '--format', 'oci'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`podman pull ${host}/me/leanos@sha256:`) as string,
    });
  for (const [arch, name] of Object.entries({amd64: 'x86_64', arm64: 'aarch64'})) {
    const bundle = join(temporary(), 'copy');
    const place = ['--override-arch', arch, '--src-tls-verify=false', `docker://${host}/me/leanos:1`];
    execFileSync('skopeo', ['copy', ...place, `oci:${bundle}:1`], {stdio: 'pipe'});
    execFileSync('umoci', ['unpack', '--rootless', '--image', `${bundle}:1`, join(bundle, 'unpacked')], {
      stdio: 'pipe',
    });
    expect(readFileSync(join(bundle, 'unpacked/rootfs/greeting'), 'utf8')).toBe(`of ${name} 4891.0.0`);
  }
  expect(await inspected(address)).toMatchObject({
    kind: 'OCI index of container image',
    facts: {platform: 'linux/amd64', layers: [expect.stringMatching(/tar/)]},
  });
  const {status, stderr} = await leanos(['push', folders[0] ?? '', address, '--format', 'containerdisk']);
  expect({status, stderr}).toEqual({
    status: 2,
    stderr: expect.stringContaining(
      'the tag 1 is there, and is not of container images (containerdisk) as what is brought',
    ) as string,
  });
});

test('a registry with a password and a certificate of an own authority', async () => {
  const {host, ca, home} = await privateRegistry();
  const address = `oci://${host}/leanos:beta`;
  const source = fakeBuildFolder();
  const untrusted = await leanos(['push', source, address]);
  expect(untrusted.status).toBe(1);
  expect(untrusted.stderr).toMatch(/certificate[^]*--ca FILE/);
  const unknown = await leanos(['push', source, address, '--ca', ca]);
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toMatch(/asks who you are, and there is no login for it\n {2}podman login/);
  expect(await leanos(['push', source, address, '--ca', ca], {HOME: home})).toMatchObject({status: 0});
  const target = join(temporary(), 'here');
  expect(await leanos(['pull', address, target, '--arch', 'x86_64'], {HOME: home})).toMatchObject({
    status: 0,
  });
  expect(files(target)).toEqual(files(source));
  expect(await inspected(address)).toMatch(/certificate/);
  expect(await inspected(address, {HOME: home})).toMatchObject({facts: {'signed by': 'nobody'}});
  const wrong = {LEANOS_REGISTRY_USER: 'me', LEANOS_REGISTRY_PASSWORD: 'x'};
  expect((await leanos(['pull', address, '--ca', ca], wrong)).stderr).toMatch(
    /does not take the login that is there/,
  );
});

test('a payload comes from a registry with a password and a certificate of an own authority', async () => {
  const {host, home, certificatesOfHost} = await privateRegistry();
  const archive = join(temporary(), 'box.tar');
  writeFileSync(archive, await fakeContainer());
  const access = ['--dest-cert-dir', certificatesOfHost, '--dest-creds', 'me:secret'];
  execFileSync('skopeo', ['copy', ...access, `oci-archive:${archive}`, `docker://${host}/me/box:1`], {
    stdio: 'pipe',
  });
  const folder = temporary();
  const build = (env: NodeJS.ProcessEnv) =>
    leanos(
      [
        ...['build', '--image', 'container', '--payload', `oci://${host}/me/box:1`],
        ...['--out', folder, '--json'],
      ],
      env,
    );
  expect((await build({})).stderr).toMatch(/certificate/);
  const wrong = {HOME: home, LEANOS_REGISTRY_USER: 'me', LEANOS_REGISTRY_PASSWORD: 'x'};
  expect((await build(wrong)).stderr).toMatch(/does not take the login that is there/);
  const {status, stdout} = await build({HOME: home});
  expect(status).toBe(0);
  const {artifacts} = JSON.parse(stdout) as {artifacts: readonly {kind: string; path: string}[]};
  const root = artifacts.find(({kind}) => kind === 'rootfs')?.path ?? '';
  const squashfs = join(temporary(), 'root.squashfs');
  execFileSync('sh', ['-c', 'tar -xzOf "$0" --wildcards "*/root.squashfs" >"$1"', root, squashfs]);
  expect(execFileSync('unsquashfs', ['-cat', squashfs, 'greeting'], {encoding: 'utf8'})).toBe(
    'of x86_64 4891.0.0',
  );
});

test.each<[string[], string]>([
  [['push', 'test', 'localhost:5000/x'], 'it does not begin with oci://'],
  [['push', 'test', 'oci://user:secret@host/x'], 'a password has no place in an address'],
  [['push', './nothing', 'oci://host/x:y'], 'is no image and no folder'],
  [['pull', 'oci://host/X:y'], 'no capital letters'],
])('leanos %j is refused', async (words, message) => {
  const {status, stderr} = await leanos(words);
  expect({status, stderr}).toEqual({status: 2, stderr: expect.stringContaining(message) as string});
});
