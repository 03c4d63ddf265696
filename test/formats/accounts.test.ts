import {expect, test} from 'vitest';
import {withAccounts} from '../../src/formats/accounts.ts';

const BEFORE = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nkept:x:100:100:kept:/:/bin/false\n',
  group: 'root:x:0:\ntty:x:5:\nkept:x:100:\n',
  shadow: 'root:!*:0::::::\nkept:*:0::::::\n',
};

test('accounts of packages get the next numbers, no password, and their groups', () => {
  const accounts = [
    {user: 'chrony', group: 'chrony', home: '/run/chrony', groups: [], comment: 'Time daemon'},
    {user: 'foo', uid: 8000, group: 'bar', gid: 44, shell: '/bin/sh', groups: ['tty', 'more'], comment: ''},
    {group: 'input', groups: [], comment: ''},
  ];
  expect(withAccounts(BEFORE, accounts)).toEqual({
    passwd: `${BEFORE.passwd}chrony:x:101:101:Time daemon:/run/chrony:/bin/false\nfoo:x:8000:44::/:/bin/sh\n`,
    group: 'root:x:0:\ntty:x:5:foo\nkept:x:100:\nchrony:x:101:\nbar:x:44:\nmore:x:102:foo\ninput:x:103:\n',
    shadow: `${BEFORE.shadow}chrony:*:0::::::\nfoo:*:0::::::\n`,
  });
});

test('an account that is there keeps its numbers; without any, nothing changes', () => {
  const again = {user: 'kept', uid: 5, group: 'kept', gid: 6, groups: [], comment: 'other'};
  expect(withAccounts(BEFORE, [again])).toEqual(BEFORE);
  expect(withAccounts(BEFORE, [])).toEqual(BEFORE);
});

test('a number that one asks for is not given to one before it', () => {
  const accounts = [
    {user: 'any', group: 'any', groups: [], comment: ''},
    {user: 'fixed', uid: 101, group: 'fixed', gid: 102, groups: [], comment: ''},
    {group: 'later', groups: [], comment: ''},
  ];
  const {passwd, group} = withAccounts(BEFORE, accounts);
  expect(passwd).toBe(`${BEFORE.passwd}any:x:102:101::/:/bin/false\nfixed:x:101:102::/:/bin/false\n`);
  expect(group).toBe(`${BEFORE.group}any:x:101:\nfixed:x:102:\nlater:x:103:\n`);
});

test('a number that was free gives way to one that files of packages are of, in every image', () => {
  const owner = {user: 'kept', uid: 321, group: 'kept', gid: 322, groups: [], comment: '', ownsFiles: true};
  const root = {user: 'root', uid: 5, group: 'root', gid: 5, groups: [], comment: '', ownsFiles: true};
  const {passwd, group} = withAccounts(BEFORE, [owner, root]);
  expect(passwd).toBe(BEFORE.passwd.replace('100:100', '321:322'));
  expect(group).toBe(BEFORE.group.replace('kept:x:100', 'kept:x:322'));
});
