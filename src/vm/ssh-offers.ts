import type {PromiseResult} from './promises.ts';

/** What an ssh server offers, in its order of preference. */
export interface SshOffers {
  keyExchange?: readonly string[];
  hostKey?: readonly string[];
}

const TOLD_BY_SSH2 = [
  ['keyExchange', 'Handshake: (remote) KEX method: '],
  ['hostKey', 'Handshake: (remote) Host key format: '],
] as const;

/** Notes what a line of ssh2's debugging output says of the server's offers, the first time; other lines say nothing. */
export function readOffer(line: string, offers: SshOffers): void {
  for (const [use, head] of TOLD_BY_SSH2)
    if (line.startsWith(head)) offers[use] ??= line.slice(head.length).split(',');
}

/** What a guest may offer, under the names that https://www.iana.org/assignments/ssh-parameters has for it. */
interface NamedOffer {
  readonly use: keyof SshOffers;
  readonly names: readonly string[];
  /** The releases of Debian whose Dropbear alone may; without it all images. */
  readonly suites?: readonly string[];
  readonly why: string;
}

export const OFFERS: readonly NamedOffer[] = [
  {
    use: 'keyExchange',
    names: [
      'mlkem768x25519-sha256',
      'sntrup761x25519-sha512',
      'sntrup761x25519-sha512@openssh.com',
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
    ],
    why: 'Curve25519, alone or with one against quantum computers; the first that a client knows is taken',
  },
  {use: 'keyExchange', names: ['diffie-hellman-group14-sha256'], why: 'for old clients'},
  {
    use: 'keyExchange',
    names: ['kexguess2@matt.ucc.asn.au', 'kex-strict-s-v00@openssh.com', 'ext-info-s'],
    why: 'no exchanges, but signs of what else the server can do',
  },
  {use: 'hostKey', names: ['ssh-ed25519'], why: 'the first boot makes one'},
  {
    use: 'hostKey',
    names: ['rsa-sha2-256'],
    suites: ['bookworm'],
    why: 'whose Dropbear names it whatever keys it has, and ends the connection of a client that insists',
  },
];

/** Whether a guest of a release of Debian offers anything at all, and nothing that no row of the table names. */
export function judgeOffers(offers: SshOffers, suite: string): PromiseResult {
  const promise = 'ssh offers nothing that SECURITY.md does not name';
  const unknown = (['keyExchange', 'hostKey'] as const).flatMap((use) => {
    const rows = OFFERS.filter((row) => row.use === use && row.suites?.includes(suite) !== false);
    const known = rows.flatMap(({names}) => names);
    return (offers[use] ?? ['nothing was seen']).filter((name) => !known.includes(name));
  });
  return {promise, kept: unknown.length === 0, found: unknown.join(', ')};
}

/** The table as people read it, in Markdown. */
export function formatOffers(): string {
  const heads = {keyExchange: 'key exchange', hostKey: 'host key'};
  const rows = OFFERS.map(
    ({use, names, suites, why}) =>
      `| ${heads[use]} | ${names.map((name) => `\`${name}\``).join(', ')} | ${suites === undefined ? '' : `on ${suites.join(', ')} alone, `}${why} |\n`,
  );
  return `| ssh offers | | |\n| --- | --- | --- |\n${rows.join('')}`;
}
