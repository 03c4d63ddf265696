import {beforeAll, describe, expect, test} from 'vitest';
import {cachePaths} from '../../src/system/cache.ts';
import {buildAs, digestsOf, ODD_NAME, type Builder} from '../support/builders.ts';
import {builtImage} from '../support/built-image.ts';
import {Clone} from '../support/clone.ts';

const isRoot = process.getuid?.() === 0;
const byName = (digests: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(digests).map(([path, sha256]) => [path.split('/').at(-1) ?? '', sha256]));

let ordinary: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  builtImage(); // so that the packages are downloaded
  ordinary = byName(await new Clone({cache: cachePaths(process.env).root}).digests());
});

/** Whom no byte may depend on. Each takes a whole build: so each differs in as much as it can. */
const BUILDERS: readonly (readonly [string, boolean, Builder])[] = [
  [
    'umask 077, another zone and locale, and a path that tools could misread',
    true,
    {
      umask: '077',
      name: ODD_NAME,
      environment: {TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8'},
    },
  ],
  [
    'an ordinary account with umask 000, in memory, with a long path',
    isRoot,
    {account: 54321, umask: '000', below: '/dev/shm', name: `${'long'.repeat(50)}/${'er'.repeat(100)}`},
  ],
  [
    'an ordinary account with umask 002, in a checkout that keeps no modes',
    isRoot,
    {
      account: 54321,
      umask: '002',
      prepare: 'git -C "$1" config core.fileMode false; find "$1" -type f -exec chmod 0777 {} +',
    },
  ],
];

describe('who builds, and where, decides no byte', () => {
  test.each(BUILDERS.filter(([, can]) => can))('%s', async (_what, _can, builder) => {
    expect(digestsOf(await buildAs(builder))).toEqual(ordinary);
  });
});
