import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {formatExposures, SSH_FAMILIES, unknownExposures, unknownListeners} from '../../src/vm/exposure.ts';
import {formatOffers, judgeOffers, readOffer, type SshOffers} from '../../src/vm/ssh-offers.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const PAGE = join(CHECKOUT, 'SECURITY.md');

// `vitest run -u` writes the tables anew.
test('the tables of SECURITY.md are those that a booted guest is compared with', async () => {
  const page = readFileSync(PAGE, 'utf8');
  const written = page.replace(
    /(<!-- exposures -->\n).*?(?=<!-- end -->)/s,
    (_, head: string) => `${head}\n${formatExposures()}\n${formatOffers()}\n`,
  );
  expect(page).toContain('<!-- exposures -->');
  await expect(written).toMatchFileSnapshot(PAGE);
});

/** What a command prints where the programs that it asks print this; of the packages one has a log. */
function found(command: string, lines: readonly string[], root = ''): string[] {
  const script = `ROOT='${root}'; sudo() { if [ "$2" = / ]; then cat; else echo "640 www-data:adm $2/var/log"; fi; }; netstat() { cat; }\n${command}`;
  const {stdout} = spawnSync('sh', ['-c', script], {encoding: 'utf8', input: `${lines.join('\n')}\n`});
  return stdout.split('\n').filter((line) => line !== '');
}

test('what listens and is in no table is found', () => {
  const lines = [
    'Active Internet connections (only servers)',
    'Proto Recv-Q Send-Q Local Address           Foreign Address         State',
    'tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN',
    'tcp        0      0 :::22                   :::*                    LISTEN',
    'tcp        0      0 :::222                  :::*                    LISTEN',
    'udp        0      0 0.0.0.0:68              0.0.0.0:*',
    'udp        0      0 0.0.0.0:53              0.0.0.0:*',
  ];
  expect(found(unknownListeners(), lines)).toEqual(['tcp 222', 'udp 53']);
  expect(found(unknownListeners([222, 53]), lines)).toEqual([]);
});

test('a program that the definition says is setuid is no finding; one that others may write to is', () => {
  const many = Array.from({length: 100}, (_, n) => `644 root:root /usr/lib/${n}`);
  const sudo = '4755 root:root /usr/bin/sudo';
  expect(found(unknownExposures(), [...many, sudo])).toEqual([sudo]);
  const others = [
    '4757 root:root /usr/bin/sudo',
    '4755 root:root /usr/bin/sudo.old',
    '4755 web:web /usr/bin/sudo',
  ];
  expect(found(unknownExposures(['/usr/bin/sudo']), [...many, sudo, ...others])).toEqual(others);
});

test('what is root’s alone is less than what everybody has', () => {
  const many = Array.from({length: 100}, (_, n) => `644 root:root /usr/lib/${n}`);
  const closed = ['440 root:root /etc/sudoers', '750 root:root /etc/sudoers.d', '600 root:root /etc/app/key'];
  expect(found(unknownExposures(), [...many, ...closed])).toEqual([]);
});

test('what is setuid, writable or readable and should not be is found', () => {
  const right = [
    ...Array.from({length: 100}, (_, n) => `644 root:root /usr/lib/${n}`), // as many as any guest has
    '755 root:root /usr/bin/busybox',
    '4755 root:root /usr/bin/doas',
    '600 root:root /etc/shadow',
    '600 root:root /var/lib/leanos/etc/upper/dropbear/dropbear_ed25519_host_key',
    '755 root:root /home',
    '750 bob:crew /home/bob',
    '664 bob:bob /home/bob/x',
    '644 root:root /run/leanos/datasource/data/a b',
    '700 root:root /lost+found',
    '1777 root:root /tmp',
  ];
  const wrong = [
    '4755 root:root /usr/bin/x',
    '2755 root:root /usr/bin/busybox',
    '755 root:root /usr/bin/doas',
    '644 root:root /etc/shadow',
    '600 bob:bob /etc/shadow',
    '640 root:root /usr/etc/shadow',
    '644 root:root /etc/dropbear/dropbear_rsa_host_key',
    '755 root:root /run/leanos/datasource',
    '644 root:root /run/leanos/notes',
    '755 bob:bob /home/bob',
    '666 root:root /run/x',
    '777 root:root /var/tmp',
    '1777 root:root /run/lock',
    '644 bob:bob /etc/passwd',
  ];
  expect(found(unknownExposures(), [...right, ...wrong])).toEqual(wrong);
});

test('what a service has by its row, and a package in /var, is its own, and nothing else is', () => {
  const root = temporary();
  const rows = join(root, 'etc/leanos-init/services');
  mkdirSync(join(rows, 'web.files/etc/web'), {recursive: true});
  mkdirSync(join(root, 'usr/lib/leanos'), {recursive: true});
  copyFileSync(
    join(CHECKOUT, 'init-scripts/services/usr/lib/leanos/services.sh'),
    join(root, 'usr/lib/leanos/services.sh'),
  );
  writeFileSync(
    join(rows, 'web'),
    "RUN_AS='web'\nWRITES='/srv/web'\nFOLDERS='/run/web:0710:own /var/log/web:0700:root'\n",
  );
  writeFileSync(join(rows, 'web.files/etc/web/key'), '', {mode: 0o640});
  writeFileSync(join(rows, 'ours'), "RUN_AS='root'\n");
  const right = [
    ...Array.from({length: 100}, (_, n) => `644 root:root /usr/lib/${n}`),
    '750 web:web /var/lib/web',
    '666 web:www /var/lib/web/socket',
    '755 web:web /srv/web',
    '710 web:web /run/web',
    '700 root:root /var/log/web',
    '700 root:root /var/lib/ours',
    '600 root:root /run/leanos/services/web/control',
    '640 root:root /usr/etc/leanos-init/services/web.files/etc/web/key',
    '640 web:web /etc/web/key',
    '640 web:web /var/lib/leanos/etc/upper/web/key',
    '640 www-data:adm /usr/lib/leanos/factory/var/log',
    '640 www-data:adm /var/log',
    '700 www-data:root /var/lib/nginx/proxy',
  ];
  const wrong = [
    '4755 web:web /srv/web/x',
    '644 www-data:adm /etc/passwd',
    '4755 www-data:adm /var/x',
    '666 www-data:adm /var/x',
    '640 root:adm /var/log',
    '755 web:web /srv/website',
    '640 bob:bob /srv/web/y',
    '644 root:root /run/leanos/services/web/control',
    '644 web:web /etc/web/key',
    '755 web:web /etc/web',
  ];
  expect(found(unknownExposures(), [...right, ...wrong], root)).toEqual(wrong);
});

test('a look that sees nothing says so', () => {
  expect(found(unknownListeners(), ['netstat: applet not found'])).toEqual(['netstat saw no ssh']);
  const one = 'tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN';
  expect(found(SSH_FAMILIES, ['', '', one])).toEqual(['1 0']);
  expect(found(SSH_FAMILIES, ['', '', one, one.replace('0.0.0.0:22', ':::22')])).toEqual(['1 1']);
  expect(found(unknownExposures(), ['755 root:root /usr'])).toEqual(['find saw 1 files']);
});

test('what ssh offers and is in no table is found, and so is that nothing was seen', () => {
  const offered = (keyExchange: string, hostKey: string): SshOffers => {
    const offers: SshOffers = {};
    for (const line of [
      'Handshake: (local) KEX method: none',
      `Handshake: (remote) KEX method: ${keyExchange}`,
      `Handshake: (remote) Host key format: ${hostKey}`,
      'Handshake: (remote) KEX method: that of a second exchange',
    ])
      readOffer(line, offers);
    return offers;
  };
  const found = (offers: SshOffers): string => judgeOffers(offers, 'trixie').found;
  expect(
    judgeOffers(offered('curve25519-sha256,kexguess2@matt.ucc.asn.au', 'ssh-ed25519'), 'trixie').kept,
  ).toBe(true);
  expect(
    found(offered('diffie-hellman-group1-sha1,curve25519-sha256', 'ssh-ed25519,ecdsa-sha2-nistp256')),
  ).toBe('diffie-hellman-group1-sha1, ecdsa-sha2-nistp256');
  const old = offered('diffie-hellman-group14-sha256', 'ssh-ed25519,rsa-sha2-256');
  expect(found(old)).toBe('rsa-sha2-256');
  expect(judgeOffers(old, 'bookworm').kept).toBe(true);
  expect(found({})).toBe('nothing was seen, nothing was seen');
});
