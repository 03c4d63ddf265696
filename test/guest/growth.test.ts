import {expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';

const FLATTEN = '-f "$l/flatten.awk" -f "$l/print.awk"';
const FACTS = '-v dir="$ROOT/out" -f "$l/flatten.awk" -f "$l/facts.awk"';
const MIME = '-v dir="$ROOT/out" -f "$l/mime.awk"';
const QUOTED = '-f "$l/quoted-printable.awk"';
const SMALL = 30_000;
const GROWTH = 4;

const upTo = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length));

/** What once took a parser time as the square of its size, or could. */
const HARD: readonly [string, string, (bytes: number) => string][] = [
  ['empty lines in a block', FLATTEN, (bytes) => `a: |\n  x\n${upTo('\n', bytes)}  y\n`],
  ['a folded block', FLATTEN, (bytes) => `a: >\n${upTo('  x\n', bytes)}`],
  ['quoted text over lines', FLATTEN, (bytes) => `a: "${upTo('x\n', bytes)}"\n`],
  ['escapes in JSON', FLATTEN, (bytes) => `{"a": "${upTo('\\n', bytes)}"}\n`],
  ['plain text over lines', FLATTEN, (bytes) => `a: x\n${upTo('  x\n', bytes)}`],
  ['plain text in flow style', FLATTEN, (bytes) => `a: [x\n${upTo(' x\n', bytes)}]\n`],
  ['white space inside of text', FLATTEN, (bytes) => `a: x${' '.repeat(bytes)}y\n`],
  ['signs of anchors', FLATTEN, (bytes) => `a: ${upTo('& ', bytes)}\n`],
  ['equal keys', FLATTEN, (bytes) => upTo('k: value\n', bytes / 4)],
  ['keys', FACTS, (bytes) => `public-keys:\n${upTo('- ssh-rsa A\n', bytes / 4)}`],
  [
    'lines of a part',
    MIME,
    (bytes) => `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${upTo('x\n', bytes)}--b--\n`,
  ],
  ['a header over lines', MIME, (bytes) => `X: a\n${upTo(' x\n', bytes)}\n\nx\n`],
  ['quoted-printable escapes', QUOTED, (bytes) => `${upTo('=41', bytes)}\n`],
];

/** The seconds that the children of a shell have taken of its processors, from the second line of `times`. */
function secondsOf(text: string): number {
  return [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

test('the time of every parser grows as what it reads does', async () => {
  const machine = await fakeMachine();
  machine.ash('mkdir "$ROOT/out"');
  const slow = HARD.flatMap(([name, parser, make]) => {
    const seconds = [SMALL, SMALL * GROWTH].map((bytes) => {
      machine.write('document', make(bytes));
      const {stdout} = machine.ash(
        `l=$ROOT/usr/lib/leanos; awk ${parser} "$ROOT/document" >"$ROOT/flat" 2>&1; times`,
      );
      return secondsOf(stdout.split('\n')[1] ?? '');
    });
    const [small = 0, large = 0] = seconds;
    // As the square it would be 16 times as much.
    return large > small * GROWTH * 2 + 0.3 ? [{name, small, large}] : [];
  });
  expect(slow).toEqual([]);
});
