import {expect, test} from 'vitest';
import {parseShell} from '../../src/formats/shell/parse.ts';
import {ShellSyntaxError} from '../../src/formats/shell/syntax.ts';

test('a command has its words, its assignments and its line', () => {
  const [, command] = parseShell('# said first\n\nfirst\nA=1 second "two words" <in >>out 2>&1\n');
  expect(command).toMatchObject({
    kind: 'simple',
    line: 4,
    assignments: [{name: 'A'}],
    redirections: [
      {descriptor: 0, operator: '<'},
      {descriptor: 1, operator: '>>'},
      {descriptor: 2, operator: '>&'},
    ],
  });
});

test('what a here-document has is not read as commands', () => {
  const script = parseShell("cat <<'EOF'; next\nif then `\nEOF\nlast\n");
  expect(script.map(({kind}) => kind)).toEqual(['simple', 'simple', 'simple']);
});

test.each([
  ['if true; then', 1, '"fi" is missing'],
  ["one\necho 'two\n", 2, "a ' is not closed"],
  ['one\ntwo )\n', 2, '")" is not expected'],
  ['for x in a; do :', 1, '"done" is missing'],
  ['case a in a) :', 1, '"esac" is missing'],
  ['echo ${a', 1, '"}" is missing'],
])('%j is no script, and where it is not is told', (text, line, message) => {
  expect(() => parseShell(text)).toThrow(ShellSyntaxError);
  expect(() => parseShell(text)).toThrow(message);
  expect(caught(() => parseShell(text))).toMatchObject({line});
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
