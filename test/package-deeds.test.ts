import {expect, test} from 'vitest';
import {fileCapabilities} from '../src/formats/file-capabilities.ts';
import {directory, file, symlink, type Entry} from '../src/formats/file-tree.ts';
import {deedsOf, toldDeeds, type SetUp} from './support/package-deeds.ts';

type Account = SetUp['accounts'][number];
const group = (name: string): Account => ({group: name, groups: [], comment: ''});
const account = (name: string): Account => ({...group(name), user: name});

/** What is told of a userland whose packages have one file, after scripts that have left this. */
function told(after: Readonly<Record<string, Entry>>, more: Partial<SetUp> = {}): string {
  const before = {'usr/bin/ping': file('x', 0o755), 'etc/web.conf': file('a')};
  const set = {
    packed: new Map(Object.entries(before)),
    tree: new Map(Object.entries({...before, ...after})),
    accounts: [account('www-data'), group('adm')],
    facts: [],
    ...more,
  };
  return toldDeeds(deedsOf(set), new Map([['makes', ['/run/of-every-image']]]));
}

test('what scripts do is told by kind', () => {
  const change = (bits: number, data = 'x'): Entry => ({...file(data, bits), gid: 5});
  const ping = file('x', 0o755);
  expect([
    told({}),
    told({}, {accounts: [account('web'), group('web'), group('logs')]}),
    told({'usr/bin/ping': {...ping, capabilities: fileCapabilities('cap_net_raw+p')} as Entry}),
    told({'usr/bin/ping': change(0o2755)}),
    told({'etc/web.conf': change(0o640, 'a'), 'usr/bin/vi': symlink('vim')}),
    told({'etc/web.conf': file('b'), 'etc/ssl/certs/a': file(''), 'etc/ssl/certs/b': file('')}),
    told({
      'var/www': directory(),
      'var/www/page': file(''),
      run: directory(),
      'run/of-every-image': directory(),
    }),
    told(Object.fromEntries([1, 2, 3, 4, 5].map((name) => [`etc/${name}`, file('')]))),
  ]).toEqual([
    'nothing',
    'account web; group logs',
    'capabilities of /usr/bin/ping',
    'setuid or setgid: /usr/bin/ping',
    'owner and mode of /etc/web.conf; alternatives vi',
    'writes /etc/web.conf; certificates in /etc/ssl/certs',
    'makes /var/www',
    'makes /etc/1, /etc/2, /etc/3 and 2 more',
  ]);
});
