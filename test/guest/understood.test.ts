import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {readUnderstood, UNDERSTOOD, withUnderstood} from '../support/understood.ts';

const GUIDE = join(CHECKOUT, 'docs/guest.md');
const guide = readFileSync(GUIDE, 'utf8');

// `vitest run -u` writes the tables anew.
test('the tables of docs/guest.md are those that the guest works by', async () => {
  await expect(withUnderstood(guide)).toMatchFileSnapshot(GUIDE);
});

describe.each(UNDERSTOOD)('the table of %s', (kind) => {
  const rows = readUnderstood(kind);
  const paths = rows.map(({path}) => path);

  test('has a row for everything that a row is in, and each once', () => {
    const above = paths.map((path) => path.split('/').slice(0, -1).join('/')).filter((path) => path !== '');
    expect(above.filter((path) => !paths.includes(path))).toEqual([]);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });

  test('names shapes that there are', () => {
    const shapes = rows.flatMap((row) => row.shapes);
    expect(
      shapes.filter((shape) => !['text', 'number', 'bool', 'null', 'list', 'map'].includes(shape)),
    ).toEqual([]);
  });

  test('is in docs/guest.md', () => {
    expect(guide).toContain(`<!-- understood: ${kind} -->`);
  });
});

const TABLE = [
  ['name', 'text', ''],
  ['count', 'number', ''],
  ['on', 'bool', ''],
  ['left', 'text null', ''],
  ['items', 'list text', ''],
  ['items/*', 'map text', ''],
  ['items/*/a', 'text', ''],
  ['free', 'map', ''],
  ['free/**', 'text number bool null list map', ''],
];

/** What is left of a document, and what is said of the rest. */
async function sifted(document: string): Promise<{left: string[]; said: string[]}> {
  const machine = await fakeMachine();
  machine.write('table', TABLE.map((row) => `${row.join('\t')}\n`).join(''));
  machine.write('document', document);
  const {stdout, stderr, status} = machine.ash(
    'l=$ROOT/usr/lib/leanos; . "$l/system.sh"; flatten -f "$l/print.awk" "$ROOT/document" >"$ROOT/flat" && awk -v table="$ROOT/table" -f "$l/understood.awk" -f "$l/sift.awk" "$ROOT/flat"',
  );
  expect(status).toBe(0);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
  return {left: lines(stdout).filter((line) => !/^[^\t]*!\t/.test(line)), said: lines(stderr)};
}

describe('a document that is compared with its table', () => {
  test.each<[string, string, string[], string[]]>([
    ['is left as it is', 'name: x\nitems: [{a: 1x}, b]\n', ['name\tx', 'items/0/a\t1x', 'items/1\tb'], []],
    [
      'may have anything where that is said',
      'free: {a: [{b: 1}], c: x}\n',
      ['free/a/0/b\t1', 'free/c\tx'],
      [],
    ],
    [
      'loses unknown keys, the topmost alone is said',
      'colour: {a: {b: c}, d: e}\nname: x\n',
      ['name\tx'],
      ['colour is not known and passed over'],
    ],
    [
      'loses unknown keys at every depth',
      'items: [b, {a: x, colour: [1, 2]}]\n',
      ['items/0\tb', 'items/1/a\tx'],
      ['items/1/colour is not known and passed over'],
    ],
    [
      'loses a map where text is needed',
      'name: {a: b}\n',
      [],
      ['name is a map, where text is understood: passed over'],
    ],
    [
      'loses a list where text is needed',
      'name: [a]\n',
      [],
      ['name is a list, where text is understood: passed over'],
    ],
    [
      'loses an empty list, too',
      'name: []\nitems: {}\n',
      [],
      [
        'name is a list, where text is understood: passed over',
        'items is a map, where a list or text is understood: passed over',
      ],
    ],
    [
      'loses a list in a list',
      'items: [[a]]\n',
      [],
      ['items/0 is a list, where a map or text is understood: passed over'],
    ],
    ['keeps a word for true and false where one is needed', 'on: "yes"\n', ['on\tyes'], []],
    ['loses other words', 'on: maybe\n', [], ['on is text, where true or false is understood: passed over']],
    ['that is a list', '- name: x\n', [], ['the document is a list, not a map of keys']],
    ['that is text', 'hello world\n', [], ['the document is text, not a map of keys']],
    ['that is empty', '{}\n', ['\t{}'], []],
  ])('%s', async (_, document, left, said) => {
    expect(await sifted(document)).toEqual({left, said});
  });

  test('is not complained of without end', async () => {
    const {said} = await sifted(Array.from({length: 50}, (_, index) => `k${index}: x\n`).join(''));
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toBe('30 more are passed over');
  });

  test('is read in a time that grows as it does', async () => {
    const {said} = await sifted(
      `free: {${Array.from({length: 3900}, (_, index) => `k${index}: x`).join(', ')}}\n`,
    );
    expect(said).toEqual([]);
  });
});
