import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {formatExposures, UNKNOWN_EXPOSURES, UNKNOWN_LISTENERS} from '../../src/vm/exposure.ts';
import {formatOffers, judgeOffers, readOffer, type SshOffers} from '../../src/vm/ssh-offers.ts';
import {CHECKOUT} from '../support/built-image.ts';

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

/** What a command prints where the programs that it asks print this. */
function found(command: string, lines: readonly string[]): string[] {
  const script = `sudo() { cat; }; netstat() { cat; }\n${command}`;
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
  expect(found(UNKNOWN_LISTENERS, lines)).toEqual(['tcp 222', 'udp 53']);
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
  expect(found(UNKNOWN_EXPOSURES, [...right, ...wrong])).toEqual(wrong);
});

test('a look that sees nothing says so', () => {
  expect(found(UNKNOWN_LISTENERS, ['netstat: applet not found'])).toEqual(['netstat saw no ssh']);
  expect(found(UNKNOWN_EXPOSURES, ['755 root:root /usr'])).toEqual(['find saw 1 files']);
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
