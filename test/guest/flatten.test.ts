import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {dump, load} from 'js-yaml';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {randomFrom, type Random} from '../support/random.ts';

const FLATTEN = '. "$ROOT/usr/lib/leanos/system.sh"; flatten -f "$ROOT/usr/lib/leanos/print.awk"';

interface Flat {
  readonly status: number;
  readonly values: readonly string[];
  readonly complaint: string;
}

function flatten(machine: FakeMachine, text: string | Buffer): Flat {
  machine.write('document', text);
  const {status, stdout, stderr} = machine.ash(`${FLATTEN} "$ROOT/document"`);
  return {status, values: stdout.split('\n').slice(0, -1), complaint: stderr.trim()};
}

/** The mark of a value that is not text. */
function markOf(value: unknown): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return undefined;
}

/** What flatten() and print.awk promise for a value. */
function flat(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) {
    const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    const mark = markOf(value);
    const marks = mark === undefined ? [] : [`${path}!\t${mark}`];
    return [
      `${path}\t${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}`,
      ...marks,
    ];
  }
  const children = Object.entries(value);
  if (children.length === 0) return [`${path}\t${Array.isArray(value) ? '[]' : '{}'}`];
  return children.flatMap(([key, child]) => {
    const name = key.replaceAll(/[^\w.@:+-]/g, '_');
    return flat(child, path === '' ? name : `${path}/${name}`);
  });
}

const STRINGS = [
  'plain',
  'two words',
  '',
  '$(touch /tmp/x) `id`',
  'a: b',
  '- x',
  '# no comment',
  "it's",
  '"quoted"',
  'back\\slash',
  'line\nline\n',
  'line\n\n  indented\nend',
  '\ttab',
  ' leading',
  'trailing ',
  'ünïcode 😀 漢字',
  '~',
  'null',
  'true',
  '0123',
  '{',
  '[1, 2]',
  '*alias',
  '&anchor',
  '!tag',
  '%',
  '@x',
  '|',
  '>',
  '-',
  '?',
  'a #b',
  'x'.repeat(200),
  'word '.repeat(60),
  '\u0007bell',
  'cr\r\nlf',
];

function randomValue(random: Random, depth: number): unknown {
  const kind = depth === 0 ? 0 : random.below(3);
  if (kind === 0) return random.of([...STRINGS, 7, -3, true, false, null]);
  const size = random.below(4);
  if (kind === 1) return Array.from({length: size}, () => randomValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({length: size}, (_, index) => [`key${index}`, randomValue(random, depth - 1)]),
  );
}

describe('values that js-yaml and JSON write', () => {
  test('come back as they were', async () => {
    const machine = await fakeMachine();
    const random = randomFrom(1);
    for (let round = 0; round < 60; round += 1) {
      const value = {top: randomValue(random, 4)};
      const texts = [
        dump(value, {lineWidth: random.of([-1, 30, 80]), noRefs: true}),
        dump(value, {flowLevel: random.below(4), noRefs: true, forceQuotes: random.below(2) === 0}),
        JSON.stringify(value),
        JSON.stringify(value, null, 2),
      ];
      for (const text of texts) {
        expect({text, ...flatten(machine, text)}).toEqual({
          text,
          status: 0,
          values: flat(value),
          complaint: '',
        });
      }
    }
  });
});

describe('YAML as people write it', () => {
  test.each([
    ['a list at its key’s own column', 'a:\n- 1\n- b: 2\n  c: 3\nd: 4\n'],
    ['lists of lists', '- - a\n  - b\n-\n  - c\n'],
    ['comments and empty lines', '# top\n\na: 1 # one\n\n  # indented\nb:\n  # above\n  c: d#e\n'],
    ['CRLF', 'a: 1\r\nb:\r\n  - c\r\nd: |\r\n  x\r\n  y\r\n'],
    ['a document marker', '---\na: 1\n'],
    ['quoted keys', '"a b": 1\n\'c\': 2\n'],
    [
      'block scalars',
      'a: |\n  x\n   y\n\n  z\n\nb: >\n  one\n  two\n\n  three\n    more\n  four\nc: |-\n  strip\nd: |+\n  keep\n\ne: |2\n    two spaces\n',
    ],
    ['a block scalar in a list', '- |\n  #!/bin/sh\n  echo "a: b"\n- x\n'],
    ['flow over lines', 'a: {b: [1,\n  2], # comment\n  "c": \'d\'}\ne: []\n'],
    ['plain and quoted text over lines', 'a: one\n  two\nb: "three\n  four\\\n  five"\n'],
    ['a URL', 'a: http://x/y\nc: [http://x:80/]\n'],
    ['nothing', 'a:\nb: ~\nc: null\n'],
    ['escapes', 'a: "\\x41\\u00e9\\U0001F600\\t\\"\\/"\n'],
    ['a byte order mark', '\uFEFFa: 1\n'],
  ])('%s', async (_, text) => {
    const expected = flat(load(text.replace('\uFEFF', ''), {schema: undefined as never}));
    expect(flatten(await fakeMachine(), text)).toEqual({status: 0, values: expected, complaint: ''});
  });
});

describe('a mark says what is not text', () => {
  // As PyYAML's safe_load has it: https://yaml.org/type
  test.each<[string, readonly string[]]>([
    ['null', ['~', 'null', 'Null', 'NULL', '', '!!null x']],
    ['bool', ['yes', 'No', 'TRUE', 'false', 'on', 'OFF', '!!bool "yes"']],
    ['int', ['0', '-7', '0644', '0b101', '0x1F', '1_000', '52:54:00:12:34:56', '12:30', '!!int "3"']],
    ['float', ['1.5', '-1.', '.5', '1.0e+3', '-.inf', '.NaN', '1:30.5', '!!float 1']],
    ['binary', ['!!binary aGk=', '!!binary |\n    aGk=\n']],
    [
      'text',
      [
        '""',
        "'~'",
        '"yes"',
        '1.2.3',
        '0o17',
        '1e3',
        'y',
        'n',
        'nULL',
        '08',
        '2:99',
        '+.nan',
        '!!str 7',
        '! 7',
        '!other x',
      ],
    ],
  ])('%s', async (mark, texts) => {
    const machine = await fakeMachine();
    const {values} = flatten(machine, texts.map((text, index) => `k${index}: ${text}\n`).join(''));
    const inFlow = texts.filter((text) => !/[|]/.test(text));
    const flow = flatten(machine, `{${inFlow.map((text, index) => `k${index}: ${text}`).join(', ')}}\n`);
    const marks = (rows: readonly string[]): string[] => rows.filter((row) => /^\S+!\t/.test(row));
    expect(marks(values)).toEqual(mark === 'text' ? [] : texts.map((_, index) => `k${index}!\t${mark}`));
    expect(marks(flow.values)).toEqual(
      mark === 'text' ? [] : inFlow.map((_, index) => `k${index}!\t${mark}`),
    );
  });

  test('JSON has the same ones', async () => {
    const text = '{"a": null, "b": true, "c": -1, "d": 1.5, "e": "null", "f": [1, {}], "g": ""}';
    expect(flatten(await fakeMachine(), text).values).toEqual(flat(JSON.parse(text)));
  });

  test('a mark is no value: it is no name of a map, does not count, and is no text', async () => {
    const machine = await fakeMachine();
    machine.write('document', `a:\nb: {c: 1, d: ~}\ne: [${'1,'.repeat(4000)}]\n`);
    const {status, stdout, stderr} = machine.ash(
      `. "$ROOT/usr/lib/leanos/flat.sh"; flat=$ROOT/flat; ${FLATTEN} "$ROOT/document" >"$flat" && items '' && items b && value a && has a && value b/c`,
    );
    expect({status, stdout, stderr}).toEqual({status: 0, stdout: 'a\nb\ne\nc\nd\n1', stderr: ''});
  });
});

describe('a document that is wrong is refused whole, and it is said where', () => {
  test.each([
    ['a: 1\nb: [1, 2\n', '2: the document ends inside of a value'],
    ['a: "x\n', '1: the document ends inside of a string'],
    ['a: 1\n   b: 2\n', '2: a key inside of a value'],
    ['a: 1\nb\n', '2: KEY: VALUE is needed here'],
    ['a:\n\tb: 1\n', '2: a tab where spaces are needed'],
    ['a: *x\n', '1: nothing that has ended before it has the name after "*"'],
    ['{"a": 1} x\n', '1: something follows a value that has ended'],
    ['{"a" 1}\n', '1: "," or "}" is needed'],
    ['["\\uZZZZ"]\n', '1: not an escape'],
    [`${'['.repeat(100)}\n`, '1: nested too deeply'],
    [`a: ${'x'.repeat(300_000)}\n`, '1: more than 262144 bytes'],
    [`[${'1,'.repeat(5000)}]\n`, '1: more than 4096 values'],
  ])('%.30j → %s', async (text, complaint) => {
    expect(flatten(await fakeMachine(), text)).toEqual({status: 1, values: [], complaint});
  });
});

test.each([
  'password: "a"SECRET\n',
  'password: |SECRET\n',
  'password: !SECRET\n',
  'password: *SECRET\n',
  'password: "\\SECRET"\n',
  'password: "\\xSECRET"\n',
  '{password: "a"SECRET}\n',
  '[[x] SECRET]\n',
])('what is wrong with %j is said without its text, which may be a secret', async (text) => {
  const machine = await fakeMachine();
  machine.write('document', text);
  const {status, stderr} = machine.ash(`${FLATTEN} "$ROOT/document"`);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^1: /);
  expect(stderr).not.toMatch(/SEC|cret/i);
});

test('many damaged documents end well: read, or refused with a place', async () => {
  const machine = await fakeMachine();
  const random = randomFrom(2);
  const seeds = [
    '#cloud-config\nusers:\n- name: bob\n  sudo: [a, "b"]\nwrite_files:\n- path: /a\n  content: |\n    x\n    y\n- {path: /b, content: "a\\nb"}\n',
    '{"uuid": "x", "public_keys": {"k": "ssh-rsa A\\n"}, "files": [{"path": "/a", "content_path": "/c/0"}], "n": null}',
    'network:\n  version: 2\n  ethernets:\n    eth0: &x\n      match: {macaddress: "52:54:00:00:00:01"}\n      addresses: [10.0.0.1/24, "fd00::1/64"]\n    eth1: {<<: *x}\n',
  ];
  const count = 200;
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(machine.root, `d${index}`), random.damage(Buffer.from(random.of(seeds))));
  }
  const {stdout, status} = machine.ash(
    `n=0; while [ $n -lt ${count} ]; do ${FLATTEN} "$ROOT/d$n" >"$ROOT/out" 2>"$ROOT/err"; s=$?
    place='' rest=''; IFS=: read -r place rest <"$ROOT/err"
    case $s in 0) ;; 1) [ -s "$ROOT/out" ] && echo "$n printed"; case $place in '' | *[!0-9]*) echo "$n: no place" ;; esac ;; *) echo "$n: $s" ;; esac
    n=$((n + 1)); done`,
  );
  expect({status, stdout}).toEqual({status: 0, stdout: ''});
});
