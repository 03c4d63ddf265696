import {execFile} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, onTestFinished, test} from 'vitest';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import {publishTarget} from '../../src/release/publish-target.ts';
import {publish} from '../../src/release/publish.ts';
import {formatsFor} from '../../src/stages/format/image-formats.ts';
import {run} from '../../src/system/run.ts';
import {certificates} from '../support/certificates.ts';
import {unpackedPackages} from '../support/debian-package.ts';
import {fakeBuild, fakeChannel, fakeKey} from '../support/fake-release.ts';
import {temporary} from '../support/temporary.ts';

/** What they say of an image in a list. */
interface Listed {
  readonly architecture: string;
  readonly type: string;
  readonly fingerprint: string;
  readonly aliases: readonly {name: string}[];
  readonly properties: Record<string, string>;
}

/** What a container and a machine are made of, beside the metadata. */
const ROOTS = {container: 'incus.squashfs', 'virtual-machine': 'disk.qcow2'};

/** A web server of a folder with TLS, which is all that Incus asks, and the certificate of its authority. */
async function served(folder: string): Promise<{url: string; ca: string}> {
  const {ca, tls} = certificates();
  const options = {cert: readFileSync(tls.certificate), key: readFileSync(tls.key)};
  const server = createServer(options, ({url = ''}, response) => {
    const path = join(folder, decodeURIComponent(url));
    if (existsSync(path)) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca};
}

test('Incus and LXD list containers and machines of each architecture, and bring the files that are meant', async () => {
  const programs = join(await unpackedPackages('incus-client', 'lxd-client'), 'usr/bin');
  const [place, key] = [join(temporary(), 'mirror'), fakeKey()];
  const channel = fakeChannel([key], {images: {test: ['x86_64', 'aarch64']}});
  const builds = (['x86_64', 'aarch64'] as const).map((arch) =>
    fakeBuild(channel, {arch, formats: formatsFor(arch)}),
  );
  const bytes = (arch: string, ending: string): Buffer => {
    const artifacts = builds.find((build) => build.arch === arch)?.artifacts ?? [];
    return readFileSync(artifacts.find(({path}) => path.endsWith(ending))?.path ?? '');
  };
  const nowMs = Date.parse('2026-11-26T12:00:00Z');
  const silent = {onFile: () => undefined, onNote: () => undefined};
  await publish(publishTarget(place, run), {channel, builds, keys: [key.secret], nowMs, ...silent});

  // An instance is named by the sha256 of its two files as if they were one.
  const instances = ['x86_64', 'aarch64'].flatMap((arch) =>
    Object.entries(ROOTS).map(([type, root]) => {
      const files = ['incus.tar.xz', root].map((ending) => bytes(arch, ending));
      const fingerprint = sha256(Buffer.concat(files));
      return {fingerprint, files, listed: `${arch} ${type} ${fingerprint}`};
    }),
  );

  const {url, ca} = await served(place);
  for (const program of ['incus', 'lxc']) {
    const home = temporary();
    mkdirSync(join(home, '.config/lxc'), {recursive: true});
    const asked = async (...words: readonly string[]): Promise<string> => {
      const env = {PATH: process.env['PATH'], HOME: home, SSL_CERT_FILE: ca};
      return (await promisify(execFile)(join(programs, program), words, {env, cwd: home})).stdout;
    };
    await asked('remote', 'add', 'mirror', url, '--protocol', 'simplestreams', '--public');
    const images = JSON.parse(await asked('image', 'list', 'mirror:', '--format', 'json')) as Listed[];
    const found = images.map(({architecture, type, fingerprint}) => `${architecture} ${type} ${fingerprint}`);
    expect(found.sort(), program).toEqual(instances.map((each) => each.listed).sort());
    for (const {architecture, aliases, properties} of images) {
      expect(properties).toMatchObject({os: 'leanos', serial: '20261121'});
      const names = aliases.map(({name}) => name);
      const isOwn = architecture === hostArchitecture().name;
      expect(names.includes('leanos/test/stable'), `${program} ${architecture}`).toBe(isOwn);
    }
    for (const {fingerprint, files} of instances) {
      const folder = join(home, fingerprint);
      mkdirSync(folder);
      await asked('image', 'export', `mirror:${fingerprint}`, folder);
      const brought = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
      expect(brought.sort(), program).toEqual(files.map(String).sort());
    }
  }
});
