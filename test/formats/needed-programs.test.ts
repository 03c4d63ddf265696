import {expect, test} from 'vitest';
import {neededPrograms} from '../../src/formats/shell/needed-programs.ts';

test.each([
  ['wget -q -O /dev/null http://127.0.0.1/', ['wget']],
  ['a && b --c; d | e', ['a', 'b', 'd', 'e']],
  ['A=1 a >/dev/null 2>&1', ['a']],
  ['exec a "$B"', ['a']],
  ['(a; b) && { c; }', ['a', 'b', 'c']],
  ['if a; then b; else c; fi', ['a']],
  ['until a; do b; done', ['a']],
  ['while :; do a; sleep 1; done', ['a', 'sleep']],
  ['! a', ['a']],
  ['a || exit 1', ['a']],
  ['a || { echo no; exit 1; }', ['a']],
])('%s runs what it names', (text, names) => {
  expect(neededPrograms(text).map(({name}) => name)).toEqual(names);
});

test.each([
  ['a || b', 'there is another way out'],
  ['a || :', 'it may fail'],
  ['command -v a >/dev/null && a', 'it is asked for'],
  ['[ -x /usr/bin/a ] && a', 'its file is asked for'],
  ['if [ -x /usr/bin/a ]; then /usr/bin/a; fi', 'a branch is not always run'],
  ['case $1 in x) a ;; esac', 'a branch is not always run'],
  ['for each in $list; do a; done', 'there may be nothing to run it for'],
  ['a() { echo; }; a', 'it is a function'],
  [
    'cd /tmp; [ -s x ]; test -e y; . /etc/rc; exec "$A"; $A b',
    'the shell does it itself, or a variable says it',
  ],
  ["a 'b", 'this is no text of the shell'],
])('%s needs no program: %s', (text) => {
  expect(neededPrograms(text)).toEqual([]);
});

test('the words of a program end where only a run says more', () => {
  expect(neededPrograms('a -b "c d" $E f')).toEqual([{name: 'a', words: ['-b', 'c d']}]);
});
