import {describe, expect, test} from 'vitest';
import {runScripts} from '../../src/stages/userland/scripts/run-scripts.ts';
import {scriptedPackage} from '../support/scripted-package.ts';

/** What a script writes into /out; all of it is known. */
function printed(script: string, files: Readonly<Record<string, string>> = {}): string {
  const web = scriptedPackage('web', {postinst: `#!/bin/sh\n{ ${script}\n} >/out || :\n`}, files);
  const machine = runScripts([web], new Set());
  expect(machine.unknown).toEqual([]);
  return machine.read('/out') ?? '';
}

/** A text whose end is what no pattern of these finds, after ever so many ways to fail. */
const LONG = 'a'.repeat(500);
const STARS = '*a'.repeat(50);
const READ = `x=${LONG}; `;

describe('no pattern takes long', () => {
  test.each<[string, string, string]>([
    ['of case', `${READ} case $x in ${STARS}b) echo yes ;; *) echo no ;; esac`, 'no\n'],
    ['of the beginning of a value', `${READ} y=\${x##${STARS}b}; echo \${#y}`, '500\n'],
    ['of the end of a value', `${READ} y=\${x%b${STARS}}; echo \${#y}`, '500\n'],
    ['of files', `: >/etc/${LONG}; echo /etc/${STARS}b`, `/etc/${STARS}b\n`],
    ['of find', `: >/etc/${LONG}; find /etc -name '${STARS}b'`, ''],
    ['of grep', `${READ} echo $x | grep -c -E '^(a+)+b|(a|a)*b|(a*)*c'`, '0\n'],
    ['of grep, with many stars', `${READ} echo $x | grep -c '${'a*'.repeat(50)}b'`, '0\n'],
    [
      'of sed',
      String.raw`${READ} echo "$x"c | sed 's/\(a*\)*b/x/; /^\(a\|a\)*$/d; s/^\(aaa\)*\(a*\)c$/\2y/'`,
      'aay\n',
    ],
  ])('%s', (_what, script, text) => {
    expect(printed(script)).toBe(text);
  });

  test('nor do ends of lines, or the name of a field', () => {
    const templates = 'Template: web/q\nType: string\n';
    const lines = '\\n'.repeat(100_000);
    expect(printed(`x=$(printf '${lines}x${lines}'); echo \${#x}`)).toBe('100001\n');
    const script = `db_metaget web/q '(a*)*b' || :; db_metaget web/q Type; echo "$RET"`;
    const web = scriptedPackage('web', {postinst: `#!/bin/sh\n${script} >/out\n`, templates});
    expect(runScripts([web], new Set()).read('/out')).toBe('string\n');
  });
});

describe('patterns mean what they mean to a shell', () => {
  test.each<[string, string, string]>([
    ['*.txt', 'a.txt', 'yes'],
    ['*.txt', 'a.txt.gz', 'no'],
    ['?', 'ab', 'no'],
    ['[[:digit:]]*', '1a', 'yes'],
    ['[!a-c]', 'b', 'no'],
    ['[]x]', ']', 'yes'],
    ['[', '[', 'yes'],
    ['[[[', '[[[', 'yes'],
    ["'*'", 'a', 'no'],
    ['a|b', 'b', 'yes'],
  ])('%s, and %s: %s', (pattern, text, answer) => {
    expect(printed(`case '${text}' in ${pattern}) echo yes ;; *) echo no ;; esac`)).toBe(`${answer}\n`);
  });

  test('the shortest and the longest of a beginning and an end', () => {
    expect(printed('x=a.b.c; echo ${x#*.} ${x##*.} ${x%.*} ${x%%.*} ${x#z} ${x%[!c]c}')).toBe(
      'b.c c a.b a a.b.c a.b\n',
    );
  });
});

describe('expressions mean what they mean to GNU’s grep and sed', () => {
  test.each<[string, string, string]>([
    ['s/a*/x/g', 'baaac', 'xbxcx'],
    ['s/x*/-/g', 'abc', '-a-b-c-'],
    ['s/^a//g', 'aaa', 'aa'],
    [String.raw`s/\(b\+\)\(c\?\)/[\2\1&]/`, 'abbc', 'a[cbbbbc]'],
    [String.raw`s/a\{2,3\}/x/g`, 'aaaaa', 'xx'],
    ['s/*a^b$c/x/', '*a^b$c', 'x'],
    [String.raw`s/\.d$/x/`, 'a.d', 'ax'],
    ['s/[[:space:]]*#[^]]*$//', 'a  # b', 'a'],
    ['s/B/x/I', 'abc', 'axc'],
    [String.raw`s/\<b\>/x/g`, 'a b bb', 'a x bb'],
    [String.raw`s,/,\,,`, 'a/b', 'a,b'],
  ])('sed %s', (script, text, result) => {
    expect(printed(`echo '${text}' | sed '${script}'`)).toBe(`${result}\n`);
  });

  test.each<[string, string, string]>([
    ['-o -E foo|foobar', 'a foobar', 'foobar'],
    ['-o -E (a|ab)(c|bcd)', 'abcd', 'abcd'],
    ['-c -w web', 'web-server', '1'],
    ['-c -w web', 'webserver', '0'],
    ['-c -x -E a{2}', 'aa', '1'],
    ['-c -E a{,1}b{x', 'ab{x', '1'],
    ['-c -i [A-C]x', 'bX', '1'],
    ['-c -F a.*b', 'axb', '0'],
  ])('grep %s', (words, text, result) => {
    const quoted = words.split(' ').map((word) => `'${word}'`);
    expect(printed(`echo '${text}' | grep ${quoted.join(' ')}`)).toBe(`${result}\n`);
  });
});
