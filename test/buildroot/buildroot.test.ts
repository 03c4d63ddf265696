import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {createServer as createHttpServer} from 'node:http';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {beforeAll, expect, test} from 'vitest';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {ARCHITECTURES, architectureNames} from '../../src/core/architecture.ts';
import {kernelOptions} from '../../src/recipes/hardware.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {neededLibraries, parseElf} from '../../src/formats/elf.ts';
import {notKept, parseConfig} from '../../src/formats/kconfig.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {Clone, ended, type Ended} from '../support/clone.ts';
import {withSmallDisk} from '../support/small-disk.ts';
import {temporary} from '../support/temporary.ts';

const BUILDROOT = process.env['LEANOS_BUILDROOT'] ?? '';
const NEWEST = process.env['LEANOS_BUILDROOT_NEWEST'] ?? '';
const JSON_BUILD = ['build', '--image', 'minimal', '--json'];

interface Built {
  readonly artifacts: readonly {
    readonly kind: string;
    readonly path: string;
    readonly sha256: string;
    readonly bytes: number;
  }[];
  readonly stages: readonly {
    readonly name: string;
    readonly key: string;
    readonly cached: boolean;
    readonly seconds: number;
  }[];
}

let clone: Clone;
let first: Built;

const built = ({status, stdout, stderr}: Ended): Built => {
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Built;
};
const digests = ({artifacts}: Built): Record<string, string> =>
  Object.fromEntries(artifacts.map(({kind, sha256}) => [kind, sha256]));
const made = ({stages}: Built): string[] => stages.filter(({cached}) => !cached).map(({name}) => name);
const edit = (name: string, text: string): void => writeFileSync(join(clone.folder, name), text);

/** That `leanos test` ended well; what it said on stderr is shown where it did not. */
const expectKept = ({status, stdout, stderr}: Ended, summary: RegExp): void => {
  expect(stdout, stderr).toMatch(summary);
  expect(status, stderr).toBe(0);
};

/** Tells a time or a size of the run, for whoever records it. */
const record = (what: string): void => void process.stderr.write(`  recorded: ${what}\n`);

beforeAll(async () => {
  clone = new Clone();
  const started = performance.now();
  first = built(await clone.run(JSON_BUILD));
  record(`a complete build: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  for (const {kind, bytes} of first.artifacts) record(`${kind}: ${bytes} bytes`);
  for (const {name, seconds, cached} of first.stages)
    if (name.startsWith('buildroot-') && !cached) record(`${name}: ${seconds} s`);
});

test('the image boots under BIOS, UEFI and from RAM, and keeps every promise', async () => {
  expectKept(await clone.run(['test', 'minimal']), /\d+ passed, 0 failed/);
});

test('it boots on a microvm', async () => {
  expectKept(await clone.run(['test', '--firmware', 'microvm', 'minimal']), /3 passed, 0 failed/);
});

test('the newest release builds and boots: its packages come before ours, and Debian’s versions are told', async () => {
  edit('images/newest.yaml', 'extends: minimal\nbase: {kernel: debian, userland: buildroot}\n');
  const {status, stdout, stderr} = await clone.run(['test', '--buildroot', NEWEST, 'newest']);
  expect(stdout, stderr).toMatch(/\d+ passed, 0 failed/);
  expect(status, stderr).toBe(0);
  const {artifacts} = built(await clone.run(['build', '--image', 'newest', '--buildroot', NEWEST, '--json']));
  const sbom = artifacts.find(({kind}) => kind === 'sbom')?.path ?? '';
  const {packages} = JSON.parse(readFileSync(join(clone.folder, sbom), 'utf8')) as {
    packages: {name: string; versionInfo: string; sourceInfo: string}[];
  };
  const dropbear = packages.find(({name}) => name === 'dropbear');
  expect(dropbear?.sourceInfo).toMatch(/^built by Buildroot with its recipe for [\d.]+ from dropbear_/);
  expect(dropbear?.sourceInfo).toContain(`from dropbear_${dropbear?.versionInfo ?? ''}.orig.tar`);
});

test('its ssh server has no key exchange over NIST’s curves', () => {
  const key = first.stages.find(({name}) => name === 'buildroot-userland')?.key ?? '';
  const {store} = cachePaths({LEANOS_CACHE: clone.cache});
  const words = ['--extract', '--to-stdout', '--file', join(store, key, 'tree.tar'), 'usr/sbin/dropbear'];
  const dropbear = execFileSync('tar', words, {maxBuffer: 1 << 26});
  expect(dropbear.includes('curve25519-sha256')).toBe(true);
  expect(dropbear.includes('ecdh-sha2-')).toBe(false);
});

test('nothing is written into the Buildroot folder', () => {
  const status = (): string =>
    execFileSync('find', [BUILDROOT, '-newer', join(clone.folder, 'package.json'), '-type', 'f'], {
      encoding: 'utf8',
    });
  expect(status()).toBe('');
});

test('an init script never touches Buildroot', async () => {
  appendFileSync(join(clone.folder, 'init-scripts/rootfs/usr/lib/leanos/shutdown'), '# edited\n');
  const again = built(await clone.run(JSON_BUILD));
  expect(made(again).filter((name) => name.startsWith('buildroot-') || name === 'toolchain')).toEqual([]);
  expect(made(again)).toContain('rootfs');
});

test('a changed fragment and one more package give the bytes of a build from nothing', async () => {
  edit('more.fragment', '# CONFIG_CAL is not set\nCONFIG_FACTOR=y\n# CONFIG_TREE is not set\n');
  const definition = 'extends: minimal\npackages: [tcpdump, vsftpd]\nbusybox: {fragments: [more.fragment]}\n';
  edit('images/other.yaml', definition);
  const other = ['build', '--image', 'other', '--json'];
  const started = performance.now();
  const changed = built(await clone.run(other));
  record(
    `BusyBox with another fragment, tcpdump, and vsftpd: ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  expect(made(changed)).toContain('buildroot-userland');
  expect(made(changed)).not.toContain('buildroot-kernel');
  const rootfs = changed.artifacts.find(({kind}) => kind === 'rootfs')?.path ?? '';
  const accounts = execFileSync('tar', ['-xOzf', join(clone.folder, rootfs), 'etc/passwd']).toString();
  expect(accounts).toMatch(/^ftp:x:100:100:Anonymous FTP User:\/home\/ftp:\/bin\/false$/m);
  const key = changed.stages.find(({name}) => name === 'buildroot-userland')?.key ?? '';
  const tree = join(clone.cache, 'store', key, 'tree.tar');
  const incremental = readFileSync(tree);
  rmSync(join(clone.cache, 'store', key), {recursive: true});
  for (const name of readdirSync(join(clone.cache, 'kept')))
    if (name.startsWith('userland-')) rmSync(join(clone.cache, 'kept', name), {recursive: true});
  built(await clone.run(other));
  expect(readFileSync(tree).equals(incremental)).toBe(true);
});

test('with shared libraries packages are there that cannot be static, and the image boots', async () => {
  const definition = [
    'extends: minimal',
    'base: {kernel: debian, userland: buildroot}',
    'buildroot: {linking: shared}',
    'packages: {buildroot: [keyutils]}',
  ];
  edit('images/shared.yaml', `${definition.join('\n')}\n`);
  expectKept(await clone.run(['test', 'shared']), /\d+ passed, 0 failed/);
  const {artifacts} = built(await clone.run(['build', '--image', 'shared', '--json']));
  const rootfs = join(clone.folder, artifacts.find(({kind}) => kind === 'rootfs')?.path ?? '');
  const tree = temporary();
  execFileSync('tar', ['-xzf', rootfs, '-C', tree, 'usr']);
  const lib = join(tree, 'usr/lib');
  const loader = readdirSync(lib).find((name) => name.startsWith('ld-musl-')) ?? '';
  const said = (program: string): string =>
    execFileSync(join(lib, loader), ['--library-path', lib, join(tree, 'usr/bin', program), '--version'], {
      encoding: 'utf8',
    });
  expect(said('keyctl')).toMatch(/^keyctl from keyutils-/);
  const needed = (path: string): string[] => {
    const elf = parseElf(readFileSync(join(tree, path)));
    return elf === undefined ? [] : neededLibraries(elf);
  };
  expect(needed('usr/bin/keyctl')).toEqual(['libkeyutils.so.1', 'libc.so']);
  expect(needed('usr/bin/dropbear')).toContain('libc.so');
  expect(needed('usr/bin/busybox')).toEqual([]);
});

test.each([
  ['packages: [htpo]\n', /BR2_PACKAGE_HTPO: Buildroot has no package "htpo"; did you mean "htop"\?/],
  ['packages: [systemd]\n', /BR2_PACKAGE_SYSTEMD: it depends on .*BR2_INIT_SYSTEMD/],
  [
    'packages: [dhrystone]\n',
    /Debian's archive has neither the file[^]*nor another version, of\n  dhrystone/,
  ],
  [
    'packages: [htop]\n',
    /BR2_PACKAGE_HTOP: it depends on !BR2_STATIC_LIBS\n {2}buildroot: \{linking: shared\}/,
  ],
  ['kernel: {fragments: [wrong.fragment]}\n', /CONFIG_BTRFS_FS_POSIX_ACL: it depends on BTRFS_FS/],
  ['busybox: {fragments: [wrong.fragment]}\n', /CONFIG_BTRFS_FS_POSIX_ACL: there is no such option/],
])('%s is told before anything is built', async (yaml, message) => {
  edit('wrong.fragment', 'CONFIG_BTRFS_FS_POSIX_ACL=y\n');
  edit('images/wrong.yaml', `extends: minimal\n${yaml}`);
  const {status, stderr} = await clone.run(['build', '--image', 'wrong']);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
});

test('a package that fails is named, with its last lines; mended, the build goes on', async () => {
  const recipe = join(clone.folder, 'buildroot-overlays/package/signify/signify.mk');
  const good = readFileSync(recipe, 'utf8');
  writeFileSync(recipe, good.replace('MUSL=1', 'MUSL=1 CC=false'));
  const failed = await clone.run(['build', '--image', 'minimal']);
  expect(failed.status).toBe(1);
  expect(failed.stderr).toMatch(/Buildroot could not build signify/);
  writeFileSync(recipe, good);
  expect(digests(built(await clone.run(JSON_BUILD)))['kernel']).toBe(digests(first)['kernel']);
});

test('a download that is damaged is refused and fetched again', async () => {
  const kept = join(clone.cache, 'kept');
  const name =
    readdirSync(kept).find((each) => each.startsWith('userland-') && !each.endsWith('.lock')) ?? '';
  writeFileSync(join(kept, name, 'downloads/busybox/busybox-1.37.0.tar.bz2'), 'damaged');
  edit('more.fragment', 'CONFIG_FACTOR=y\n');
  expect(made(built(await clone.run(['build', '--image', 'other', '--json'])))).toContain(
    'buildroot-userland',
  );
});

test('a full disk is told as one, before lists come and while it builds, and with room again the build goes on', () => {
  const other = new Clone();
  for (const name of ['store', 'kept']) mkdirSync(join(other.cache, name), {recursive: true});
  writeFileSync(
    join(other.folder, 'images/full.yaml'),
    'extends: minimal\nbase: {kernel: debian, userland: buildroot}\n',
  );
  const full = withSmallDisk(
    60,
    `mount --bind "$FULL" "$LEANOS_CACHE/kept" && cd "$CLONE" && ./leanos build --image full
    mkdir -p "$LEANOS_CACHE/resolved" && cp "$KNOWN" "$LEANOS_CACHE/resolved/" && ./leanos build --image full
    s=$?
    mount -o remount,size=4g "$FULL" && ./leanos build --image full >/dev/null || exit 99
    exit $s`,
    {
      FULL: temporary(),
      LEANOS_CACHE: other.cache,
      CLONE: other.folder,
      KNOWN: join(clone.cache, 'resolved/debian-sources.json'),
    },
  );
  expect(full.output).toMatch(/^leanos: stage buildroot-userland failed: the disk is full: the lists of/m);
  expect(full.output.match(/^leanos: stage buildroot-userland failed: /gm)).toHaveLength(2);
  expect(full.output.slice(full.output.lastIndexOf('leanos: stage'))).toMatch(/the disk is full/);
  expect(full.status).toBe(1);
  const key = first.stages.find(({name}) => name === 'buildroot-userland')?.key ?? '';
  const [disturbed, undisturbed] = [other, clone].map(({cache}) =>
    readFileSync(join(cache, 'store', key, 'tree.tar')),
  );
  expect(disturbed).toEqual(undisturbed);
});

test('ctrl-C ends Buildroot as well', async () => {
  const other = new Clone();
  const child = other.start(['build', '--image', 'minimal']);
  child.stderr?.on('data', (chunk: Buffer) => {
    if (/(busybox|linux) (extracting|building)/.test(chunk.toString()) && !child.killed) child.kill('SIGINT');
  });
  const {status, stderr} = await ended(child);
  expect(stderr).toContain('interrupted');
  expect(status).toBe(1);
  expect(spawnSync('pgrep', ['-f', join(other.cache, 'kept')]).status).toBe(1);
});

test('cirros is on this base as well, and keeps the contract of OpenStack', async () => {
  expectKept(await clone.run(['test', '--base', 'buildroot', 'cirros']), /\d+ passed, 0 failed/);
});

test('what is known against a package is told, and what Buildroot has answered', async () => {
  const feeds = temporary();
  mkdirSync(join(feeds, 'CVE-2026/CVE-2026-00xx'), {recursive: true});
  const known = (id: string, criteria: string, versions: Record<string, string>): void => {
    const match = {vulnerable: true, criteria, ...versions, matchCriteriaId: 'x'};
    const configurations = [{nodes: [{operator: 'OR', negate: false, cpeMatch: [match]}]}];
    const text = JSON.stringify({id, descriptions: [{lang: 'en', value: 'made up'}], configurations});
    writeFileSync(join(feeds, 'CVE-2026/CVE-2026-00xx', `${id}.json`), text);
  };
  known('CVE-2026-0001', 'cpe:2.3:a:busybox:busybox:*:*:*:*:*:*:*:*', {versionEndIncluding: '1.37.0'});
  const linux = 'cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*';
  known('CVE-2026-0002', linux, {versionStartIncluding: '6.12', versionEndExcluding: '6.13'});
  known('CVE-2026-0003', linux, {versionStartIncluding: '6.13', versionEndExcluding: '6.14'});
  const {artifacts} = built(await clone.run([...JSON_BUILD, '--nvd', feeds]));
  const told = artifacts.find(({kind}) => kind === 'vulnerabilities');
  const {vulnerabilities} = JSON.parse(readFileSync(join(clone.folder, told?.path ?? ''), 'utf8')) as {
    vulnerabilities: {id: string; analysis: {state: string}; affects: {ref: string}[]}[];
  };
  const states = Object.fromEntries(vulnerabilities.map(({id, analysis}) => [id, analysis.state]));
  expect(states).toMatchObject({
    'CVE-2026-0001': 'exploitable',
    'CVE-2026-0002': 'exploitable',
    'CVE-2025-46394': 'not_affected',
  });
  expect(states).not.toHaveProperty('CVE-2026-0003');
});

test('a build that is killed goes on, and gives the same bytes as an undisturbed one, in another folder', async () => {
  const other = new Clone();
  const child = other.start(['build', '--image', 'minimal']);
  child.stderr?.on('data', (chunk: Buffer) => {
    if (/linux building/.test(chunk.toString()) && child.pid !== undefined)
      process.kill(-child.pid, 'SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  expect(child.signalCode).toBe('SIGKILL');
  expect(digests(built(await other.run(JSON_BUILD)))).toEqual(digests(first));
});

test('every architecture has a configuration that Buildroot keeps', () => {
  for (const arch of architectureNames()) {
    const out = temporary();
    execFileSync(
      'make',
      [
        '-s',
        '-C',
        BUILDROOT,
        `O=${out}`,
        `BR2_EXTERNAL=${join(CHECKOUT, 'buildroot-overlays')}`,
        `leanos_${arch}_defconfig`,
      ],
      {stdio: ['ignore', 'pipe', 'pipe']},
    );
    const asked = readFileSync(join(CHECKOUT, `buildroot-overlays/configs/leanos_${arch}_defconfig`), 'utf8');
    const final = readFileSync(join(out, '.config'), 'utf8');
    expect(notKept(parseConfig(asked), parseConfig(final)), arch).toEqual([]);
  }
});

/** What the kernel calls the architectures; a compiler for each would be needed for options that depend on one. */
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'x86_64',
  i386: 'i386',
  aarch64: 'arm64',
  arm: 'arm',
  ppc64le: 'powerpc',
  riscv64: 'riscv',
  s390x: 's390',
};
const BY_COMPILER = /^CONFIG_STACKPROTECTOR/;

test('every architecture has a kernel configuration that the kernel keeps', async () => {
  const minimal = await loadImage(bothIn(CHECKOUT), 'minimal');
  const kept = readdirSync(join(clone.cache, 'kept')).find((name) => /^kernel-[^.]*$/.test(name)) ?? '';
  const source = temporary();
  const archive = join(clone.cache, 'kept', kept, 'linux/linux-source.tar.xz');
  execFileSync('tar', ['--extract', `--file=${archive}`, `--directory=${source}`, '--strip-components=1']);
  const board = join(CHECKOUT, 'buildroot-overlays/board');
  for (const arch of architectureNames()) {
    const out = temporary();
    const fragments = ['linux', `linux-${arch}`].map((name) =>
      readFileSync(join(board, `${name}.fragment`), 'utf8'),
    );
    const asked = [...fragments, kernelOptions(minimal, ARCHITECTURES[arch])].join('\n');
    writeFileSync(join(out, 'asked'), asked);
    const words = [`ARCH=${KERNEL_NAMES[arch] ?? ''}`, `O=${out}`, 'CC=gcc'];
    execFileSync(
      'make',
      ['-s', '-C', source, ...words, `KCONFIG_ALLCONFIG=${join(out, 'asked')}`, 'allnoconfig'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const final = parseConfig(readFileSync(join(out, '.config'), 'utf8'));
    const lost = notKept(parseConfig(asked), final).filter((symbol) => !BY_COMPILER.test(symbol));
    expect(lost, arch).toEqual([]);
  }
});

/** Where the compiler's memory lives besides: its address, and how often something was found there. */
interface Remote extends AsyncDisposable {
  readonly address: string;
  hits(): number;
}

async function startRedis(): Promise<Remote> {
  const port = await freePort();
  const folder = ['--dir', temporary(), '--save', ''];
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', ...folder], {
    stdio: 'ignore',
  });
  return {
    address: `redis://127.0.0.1:${port}`,
    hits() {
      const said = execFileSync('redis-cli', ['-p', String(port), 'info'], {encoding: 'utf8'});
      return Number(/^keyspace_hits:(\d+)/m.exec(said)?.[1]);
    },
    async [Symbol.asyncDispose]() {
      redis.kill();
      await once(redis, 'close');
    },
  };
}

async function startHttp(): Promise<Remote> {
  const kept = new Map<string, Buffer>();
  let hits = 0;
  const server = createHttpServer((request, response) => {
    const {method = '', url = ''} = request;
    const found = kept.get(url);
    if (method === 'PUT') {
      void buffer(request).then((bytes) => {
        kept.set(url, bytes);
        response.writeHead(201).end();
      });
    } else if (found === undefined) response.writeHead(404).end();
    else {
      if (method === 'GET') hits += 1;
      response.writeHead(200, {'Content-Length': found.length}).end(method === 'GET' ? found : undefined);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits: () => hits,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test.each([
  ['in a Redis', startRedis],
  ['on a web server', startHttp],
])("the compiler's memory can live %s", async (_, start) => {
  await using remote = await start();
  const forget = (): void => {
    rmSync(join(clone.cache, 'kept/ccache'), {recursive: true, force: true});
    for (const name of readdirSync(join(clone.cache, 'kept')))
      if (name.startsWith('userland-')) rmSync(join(clone.cache, 'kept', name), {recursive: true});
  };
  const texts = ['CONFIG_FACTOR=y\nCONFIG_CAL=y\n', 'CONFIG_FACTOR=y\n# CONFIG_CAL is not set\n'];
  for (const text of texts) {
    forget();
    edit('more.fragment', `${text}# ${remote.address}\n`);
    built(await clone.run(['build', '--image', 'other', '--json'], {LEANOS_CCACHE_REMOTE: remote.address}));
  }
  expect(remote.hits()).toBeGreaterThan(100);
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
