import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {NOT_OFFERED, withoutAlgorithms} from '../../src/stages/userland/ssh-algorithms.ts';
import {temporary} from '../support/temporary.ts';

/** A program with a table of algorithms as Dropbear has them, which prints the usable ones; `more` stands behind the flag. */
function server(names: readonly string[], more = ''): Buffer {
  const folder = temporary();
  const rows = names.map((name) => `{"${name}", 7, "${name}", 1${more === '' ? '' : `, ${more}`}, 0},`);
  writeFileSync(
    join(folder, 'server.c'),
    `int puts(const char *);
     struct algo { const char *name; char val; const void *data; char usable; ${more === '' ? '' : 'char more;'} const void *mode; };
     struct algo table[] = {${rows.join('')} {0, 0, 0, 0, ${more === '' ? '' : '0,'} 0}};
     int main(void) { for (struct algo *each = table; each->name; each++) if (each->usable) puts(each->data); return 0; }`,
  );
  execFileSync('gcc', ['-fPIE', '-pie', '-o', join(folder, 'server'), join(folder, 'server.c')]);
  return readFileSync(join(folder, 'server'));
}

function offeredBy(program: Buffer): string[] {
  const path = join(temporary(), 'server');
  writeFileSync(path, program, {mode: 0o755});
  return execFileSync(path, {encoding: 'utf8'}).trim().split('\n');
}

test('a server offers what it did but for the algorithms that a guest does not offer', () => {
  const program = server(['curve25519-sha256', ...NOT_OFFERED, 'ssh-ed25519']);
  expect(offeredBy(program)).toHaveLength(2 + NOT_OFFERED.length);
  const changed = withoutAlgorithms(program, NOT_OFFERED);
  expect(offeredBy(changed)).toEqual(['curve25519-sha256', 'ssh-ed25519']);
  const others = [...changed.keys()].filter((at) => changed[at] !== program[at]);
  expect(others).toHaveLength(NOT_OFFERED.length);
});

test('a server that does not know an algorithm is as it was', () => {
  const program = server(['curve25519-sha256']);
  expect(withoutAlgorithms(program, NOT_OFFERED).equals(program)).toBe(true);
  expect(withoutAlgorithms(Buffer.from('no program'), NOT_OFFERED).toString()).toBe('no program');
});

test('a server whose tables have another shape ends the build', () => {
  const program = server(['ecdh-sha2-nistp256', 'curve25519-sha256'], '3');
  expect(() => withoutAlgorithms(program, NOT_OFFERED)).toThrow(
    'dropbear: no table of its algorithms has ecdh-sha2-nistp256',
  );
});
