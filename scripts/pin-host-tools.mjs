// Pins the apt and dpkg that leanos brings to hosts without them: node scripts/pin-host-tools.mjs [SUITE]
// Asks the newest of the suite (trixie without it) for each architecture of hosts and writes locks/host-tools.json. Needs a host
// that has apt.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checkout as home, ensureReady} from './setup.mjs';

await ensureReady();
const {aptOptions} = await import('../dist/system/apt-options.js');
const [suite = 'trixie'] = process.argv.slice(2);
const ARCHITECTURES = ['amd64', 'arm64'];
/** tar: GNU's, which dpkg-deb calls. gpgv: apt takes sqv from no place but /usr/bin. */
const WANTED = ['apt', 'dpkg', 'gpgv', 'tar'];
/** What these ask for to be configured by dpkg, or to be administered by. */
const NOT_TAKEN =
  /^(adduser|base-passwd|debconf|debian-archive-keyring|gcc-.*-base|libdebconfclient0|libhogweed.*|libnettle.*|mawk|openssl-provider-legacy|passwd|perl-base|sqv)$/;
const MIRRORS = {
  debian: 'http://deb.debian.org/debian',
  'debian-security': 'http://deb.debian.org/debian-security',
};

/** A line of `apt-get download --print-uris`. */
const DOWNLOAD = /^'(\S+)' \S+ (\d+) SHA256:([0-9a-f]{64})\s*$/gm;

const packages = Object.fromEntries(ARCHITECTURES.map((architecture) => [architecture, pins(architecture)]));
// snapshot.debian.org has each file under every date from its first to its last.
const snapshot = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
const file = join(home, 'locks/host-tools.json');
writeFileSync(file, `${JSON.stringify({snapshot, packages}, null, 1)}\n`);
process.stdout.write(`${file}\n`);

function pins(architecture) {
  const folder = mkdtempSync(join(tmpdir(), 'leanos-pin-'));
  try {
    for (const name of ['lists/partial', 'archives/partial'])
      mkdirSync(join(folder, name), {recursive: true});
    writeFileSync(join(folder, 'status'), '');
    writeFileSync(join(folder, 'preferences'), '');
    const signed = `[signed-by=${join(home, 'keyrings', `debian-archive-${suite}.asc`)}]`;
    writeFileSync(
      join(folder, 'sources.list'),
      `deb ${signed} ${MIRRORS.debian} ${suite} main\ndeb ${signed} ${MIRRORS['debian-security']} ${suite}-security main\n`,
    );
    apt(folder, architecture, 'update', '--quiet');
    const plan = apt(folder, architecture, 'install', '--simulate', '--no-install-recommends', ...WANTED);
    const names = [...plan.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm)]
      .filter(([, name]) => !NOT_TAKEN.test(name))
      .map(([, name, version]) => `${name}=${version}`);
    return [...apt(folder, architecture, '-qq', 'download', '--print-uris', ...names).matchAll(DOWNLOAD)]
      .map(([, url, bytes, sha256]) => ({url: pinned(url), sha256, bytes: Number(bytes)}))
      .sort((a, b) => (a.url < b.url ? -1 : 1));
  } finally {
    rmSync(folder, {recursive: true});
  }
}

/** The longest base address first: the one is the beginning of the other. */
function pinned(url) {
  const [scheme, base] = Object.entries(MIRRORS)
    .reverse()
    .find(([, address]) => url.startsWith(`${address}/`));
  return `${scheme}:${decodeURIComponent(url.slice(base.length + 1))}`;
}

function apt(folder, architecture, ...words) {
  const options = aptOptions(folder, architecture).flatMap((option) => ['-o', option]);
  return execFileSync('apt-get', [...options, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
