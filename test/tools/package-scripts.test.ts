import {execFileSync} from 'node:child_process';
import {describe, expect, test} from 'vitest';
import {Machine} from '../../src/stages/userland/scripts/machine.ts';
import {Shell} from '../../src/stages/userland/scripts/shell.ts';
import {Input} from '../../src/stages/userland/scripts/streams.ts';
import {scriptedPackage} from '../support/scripted-package.ts';

/** What the shell of Debian says of a script is what the reader of scripts says of it. */
const SCRIPTS = [
  `echo "a  b" c'd'"e"\\ f; echo a   b`,
  `a=1 b="2 3"; echo $a $b "$b"; set -- x "y z"; echo $# "$1" "$2"; for i; do echo "[$i]"; done; for i in "$@"; do echo "<$i>"; done`,
  'x=abc.tar.gz; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.} ${#x} ${y:-none} ${y-none} ${x:+set} ${y:=now} $y',
  'case "a b" in a*) echo starts;; *) echo no;; esac; case x in a|x) echo two;; esac; case "*" in "*") echo star;; esac',
  'if [ 1 -lt 2 ] && ! [ a = b ]; then echo yes; elif true; then echo never; else echo no; fi',
  'f() { local a=2; echo $a $1; return 3; }; a=1; f x; echo $? $a',
  'false || echo or; true && echo and; ! false; echo $?; (exit 4); echo $?',
  'set -e; if false; then :; fi; false || true; echo here; x=$(false) || echo caught; false; echo never',
  'set -e; f() { false; echo inside; }; if f; then echo tested; fi; f; echo never',
  'i=0; while [ $i -lt 3 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo $i; done; echo $((2 * (3 + 4) % 5)) $((1 < 2))',
  'printf "%s-%d\\n" a 1 b 2; printf "100%%\\n"; printf x; echo',
  'cat <<EOF\n$((1+1)) `echo sub` "quoted" \\$x\nEOF\ncat <<-\\EOF\n\ttabs $x\n\tEOF\n',
  'printf "1 a\\n2 b\\n" | while read -r n l; do echo "$l$n"; done; echo a,b,c | cut -d, -f2-; echo abc | tr a-c A-C',
  'printf "b\\na\\nb\\n" | sort | uniq -c; printf "b\\na\\n" | sort -u; printf "1\\n2\\n3\\n" | tail -n2 | head -n1',
  `echo 'HostKey /etc/x' | sed -n 's/^hostkey //Ip'; echo a/b/c | sed 's|/|:|g; s/\\(a\\):\\(b\\)/\\2\\1/'; printf '#a\\nb\\n' | sed '/^#/d'`,
  `printf 'one\\ntwo\\n' | grep -c o; printf 'one\\ntwo\\n' | grep -v ^o; echo x | grep -q y || echo none; echo 'a.b' | grep -F 'a.' ; echo ab | grep -E '^(a|c)b$'`,
  'IFS=:; for p in $(echo a:b); do echo "$p"; done; unset IFS; x="1 2"; set -- $x; echo $2',
  'exec 3>&1; echo ok; eval "y=5; echo \\$y"; basename /a/b.c .c; dirname /a/b; trap "echo bye" HUP; echo ${0:+zero}',
  'x=`echo \\`echo deep\\``; echo $x; echo "$(echo "in \\"side\\"")"; echo a"$(printf "1\\n\\n")"b',
  'f() { for i in 1 2 3; do [ $i = 2 ] && break; echo $i; done; }; f; for a in 1 2; do for b in 1 2; do continue 2; done; echo never; done; echo end',
  'break; echo here; i=0; while [ $i -lt 2 ]; do i=$((i+1)); (break; echo no); echo yes $i; done; f() { break; echo in; }; for i in 1 2; do f; echo after $i; done; continue; echo end',
  'for i in 1 2; do for j in 1 2; do echo $i$j; break 9; done; done; echo end',
  'echo "$*" $#; [ -z "" -a ! -n "" -o a = b ]; echo $?; [ "x$1" = x ]; echo $?; test; echo $?',
];

describe('a script is read as dash runs it', () => {
  test.each(SCRIPTS)('%s', (script) => {
    const shell = new Shell(new Machine([]), {package: scriptedPackage('p', {}), script: 'postinst'});
    let text = '';
    shell.runProgram(script, {
      name: 'script',
      args: [],
      input: new Input(),
      write: (more) => (text += more),
      isTested: false,
    });
    expect(text).toBe(dash(script));
    expect(shell.machine.unknown).toEqual([]);
  });
});

function dash(script: string): string {
  try {
    return execFileSync('dash', ['-c', script, 'script'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    return (error as {stdout: string}).stdout;
  }
}
