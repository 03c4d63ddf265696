import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {hostArchitecture, type Architecture} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import type {FileTree} from '../../src/formats/file-tree.ts';
import type {SpdxPackage} from '../../src/formats/spdx.ts';
import {decodeTar} from '../../src/formats/tar.ts';
import type {BuildContext} from '../../src/pipeline/stage.ts';
import {debianUserland, type UserlandOptions} from '../../src/stages/userland/debian-userland.ts';
import {SANDBOX_PACKAGES} from '../../src/stages/userland/sandbox/base-tree.ts';
import {Apt, mirrors, type PackagePin} from '../../src/system/apt.ts';
import {fetchFiles} from '../../src/system/fetch.ts';
import {run, type Run} from '../../src/system/run.ts';
import {runFolder, temporary} from './temporary.ts';

/** A script that no reader of scripts follows: programs of its own package, another language, clocks, random numbers, the network. */
const POSTINST = `#!/bin/sh
set -e
adduser --system --group --home /var/lib/web web
/usr/lib/web/setup /etc/web.conf
perl -e 'printf "%s %s\\n", time, join ",", map { (getpwnam $_)[0] } qw(web root)' >/etc/web.time
perl -e 'use Socket; socket S, PF_INET, SOCK_DGRAM, 0; print connect(S, sockaddr_in(53, inet_aton("192.0.2.1"))) ? "net\\n" : "none\\n"' >/etc/web.network
head -c 16 /dev/urandom >/etc/web.key
mkdir /var/lib/web/db
head -c 16 /dev/urandom >/var/lib/web/db/data
echo first >/var/lib/web/db/version
date >/var/log/web.log
chown web:adm /var/log/web.log
chmod 640 /var/log/web.log
update-alternatives --install /usr/bin/serve serve /usr/bin/web 10
`;

/** The userland of a package with that script. */
export interface BuiltUserland {
  /** The sha256 of its tar. */
  readonly tar: string;
  readonly tree: FileTree;
  readonly accounts: string;
  readonly facts: readonly SpdxPackage[];
  readonly notes: readonly string[];
}

/** What builds the userland of a package with that script, with these commands and other options. */
export type BuildUserland = (by: Run, options?: Partial<UserlandOptions>) => Promise<BuiltUserland>;

/** A package with that script, of no architecture, and all of the Debian of one that it needs. */
export async function scriptedUserland(architecture: Architecture): Promise<BuildUserland> {
  const archive = packed(join(runFolder(), `sandbox-packages-${architecture.name}`));
  const web: PackagePin = {
    name: 'web',
    version: '1.0',
    architecture: 'all',
    source: 'web',
    url: 'debian:web.deb',
    bytes: statSync(archive).size,
    sha256: sha256(readFileSync(archive)),
  };
  const sandbox = await pinned([...SANDBOX_PACKAGES, 'adduser'], architecture, 'closure');
  const host = hostArchitecture();
  const isForeign = architecture.name !== host.name;
  const emulator = isForeign ? await pinned(['qemu-user'], host, 'alone') : [];
  const archives = new Map([[web.url, archive], ...(await fetched([...sandbox, ...emulator]))]);
  const options: UserlandOptions = {
    packages: [web],
    only: {},
    unscripted: [],
    sandbox,
    emulation: {architecture: architecture.name, emulators: {[host.debian]: emulator}},
  };
  return async (by, more = {}) => built({...options, ...more}, archives, by);
}

function packed(folder: string): string {
  const tree = join(folder, 'web');
  for (const path of ['DEBIAN', 'usr/bin', 'usr/lib/web']) mkdirSync(join(tree, path), {recursive: true});
  const control =
    'Package: web\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody\nDescription: a web\nDepends: adduser\n';
  writeFileSync(join(tree, 'DEBIAN/control'), control);
  const programs = {
    'DEBIAN/postinst': POSTINST,
    'usr/bin/web': '#!/bin/sh\n',
    'usr/lib/web/setup': '#!/usr/bin/perl\nopen F, ">", $ARGV[0]; print F "port=80\\n";\n',
  };
  for (const [path, text] of Object.entries(programs)) writeFileSync(join(tree, path), text, {mode: 0o755});
  const archive = join(folder, 'web.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, archive], {stdio: 'ignore'});
  return archive;
}

const here = workspace(process.env);
const sources = debianSources({suite: 'trixie', archives: ['main']}, here, process.env);

async function pinned(
  packages: readonly string[],
  architecture: Architecture,
  depth: 'alone' | 'closure',
): Promise<PackagePin[]> {
  const apt = await Apt.open(temporary(), {sources, run, architecture: architecture.debian});
  return apt.resolve({packages, depth});
}

/** The files of pins by their addresses. */
async function fetched(pins: readonly PackagePin[]): Promise<[string, string][]> {
  const files = await fetchFiles(pins, {folder: here.cache.downloads, run, mirrors: mirrors(sources)});
  return pins.map(({url}, at) => [url, files[at] ?? '']);
}

async function built(
  options: UserlandOptions,
  archives: ReadonlyMap<string, string>,
  by: Run,
): Promise<BuiltUserland> {
  const out = temporary();
  const notes: string[] = [];
  const context = {
    options,
    out,
    run: by,
    fetch: async (pins: readonly {url: string}[]) =>
      Promise.resolve(pins.map(({url}) => archives.get(url) ?? '')),
    progress: () => undefined,
    note: (text: string) => notes.push(text),
  } as unknown as BuildContext<UserlandOptions, never>;
  await debianUserland.build(context);
  const bytes = readFileSync(join(out, 'tree.tar'));
  const facts = JSON.parse(readFileSync(join(out, 'packages.json'), 'utf8')) as SpdxPackage[];
  const accounts = readFileSync(join(out, 'accounts.json'), 'utf8');
  return {tar: sha256(bytes), tree: await decodeTar(bytes), accounts, facts, notes};
}
