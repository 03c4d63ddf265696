import {execFileSync, spawnSync} from 'node:child_process';
import {gunzipSync} from 'node:zlib';
import {join} from 'node:path';
import {readFileSync, readdirSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

interface Read {
  readonly text: string;
  /** Rows of PATH, tab, VALUE; nothing where the document is refused. */
  readonly rows: readonly string[] | null;
}

/** What PyYAML reads in texts, and in so many documents that PyYAML itself has written. */
function pyyaml(texts: readonly string[], dumps = 0, seed = 1): Read[] {
  const {status, stdout, stderr} = spawnSync('python3', [join(CHECKOUT, 'test/support/pyyaml.py')], {
    input: JSON.stringify({texts, dumps, seed}),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`python3 could not read: ${stderr}`);
  return JSON.parse(stdout) as Read[];
}

/** What the guest reads in texts, in one run of its shell; and what it says of those that it refuses. */
function guest(machine: FakeMachine, texts: readonly string[]): (Read & {readonly complaint: string})[] {
  texts.forEach((text, index) => machine.write(`d/${index}`, text));
  const {status, stdout} = machine.ash(
    `l=$ROOT/usr/lib/leanos n=0; . "$l/system.sh"; while [ $n -lt ${texts.length} ]; do
    flatten -f "$l/print.awk" "$ROOT/d/$n" >"$ROOT/d/$n.rows" 2>"$ROOT/d/$n.said"; echo $?; n=$((n + 1)); done`,
  );
  expect(status).toBe(0);
  const ends = stdout.split('\n');
  return texts.map((text, index) => ({
    text,
    rows: ends[index] === '0' ? machine.read(`d/${index}.rows`).split('\n').slice(0, -1) : null,
    complaint: machine.read(`d/${index}.said`).trim(),
  }));
}

/** The same rows, however the keys of a map are ordered. */
function sorted({text, rows}: Read): Read {
  return {text, rows: rows === null ? null : [...rows].sort()};
}

async function compare(documents: readonly Read[]): Promise<void> {
  const found = guest(
    await fakeMachine(),
    documents.map(({text}) => text),
  );
  expect(found.map(sorted)).toEqual(documents.map(sorted));
  for (const {rows, complaint} of found) {
    if (rows === null) expect(complaint).toMatch(/^[0-9]+: \S/);
    else expect(complaint).toBe('');
  }
}

/** Every kind of thing that a document may hold, right and wrong. */
const DOCUMENTS = [
  '',
  '#cloud-config\n# nothing\n',
  '\na: 1\n',
  'a: &x {b: 1, c: [2,3]}\nd: *x\ne: {<<: *x, b: 5}\nf:\n  <<: *x\n  c: 9\n',
  'a: &x\n  b: 1\nc: *x\n',
  '- &a x\n- *a\n',
  'base: &b\n  k: 1\n  l: {m: 2}\nx:\n  <<: [*b, {k: 7, n: 3}]\n  l: over\n',
  'x:\n  <<: {}\n',
  'x: {<<: {a: 1}}\n',
  'a: 1\na: 2\n',
  'a: [1,2,3]\na: [4]\n',
  'a: {x: 1}\na: {y: 2}\n',
  'a: 1\n---\nb: 2\n',
  'a: 1\n...\n',
  'a: 1\n---\n',
  'a: 1\n...\nb: 2\n',
  '--- a\n',
  '--- {a: 1}\n',
  '%YAML 1.1\n---\na: 1\n',
  'a: b: c\n',
  'a: - b\n',
  '[a: 1, b: 2]\n',
  '[a : 1, "b":2, \'c\' : {d: e}]\n',
  '{a, b: , c}\n',
  '[a b\n  c,\n  d\n\n  e]\n',
  'a: one\n  two\n\n  three\nb: "x\n  y\n\n  z\\\n   \\  w\\\n   \n\n   v"\n',
  "a: 'it''s\n  x\n\n  y'\n",
  "'it''s': 1\n",
  '"a\\tb": 1\n',
  'a: "\\d"\n',
  'a: |\n  x\nb: >-\n  x\n  y\n\n  z\nc: |+\n  k\n\nd: |2\n    ind\ne: >\n  a\n   more\n  b\n',
  'a: !!binary |\n  aGk=\nb: !!str 7\nc: !foo x\n',
  'a: @x\n',
  'a: `x\n',
  'a: %x\n',
  'a: ,x\n',
  'a: ]x\n',
  'a: &x\nb: *x\n',
  'a: &x [*x]\n',
  'a: *x\n',
  'a: {b: fe80::1, c: 10.0.0.1/24}\n',
  'a: x #c\nb: x#c\nc: "x" #c\nd: [a#b, c #d\n , e]\n',
  'a:\n- 1\n-\n  - 2\n- - 3\n  - 4\n',
  'a: !!set {x, y}\n',
  '- a: 1\n  b: 2\n-   c: 3\n    d: 4\n',
  'a: {b: [c, {d: e}]}\n \n',
  '{"a":"b","c":[1,2.5,null,true],"d":{}}\n',
  'a: "x" y\n',
  'a: [x] y\n',
  'a: [1,,2]\n',
  'a: [,]\n',
  'a: [1,]\n',
  'a: {b: 1,}\n',
  'a: {b 1}\n',
  'a: {b: {}}\n',
  '&r\na: 1\n',
  'a: &x\n  - 1\nb: *x\nc: [*x, *x]\n',
  '{a: &x 1, b: *x}\n',
  '"<<": 1\n',
  '<<: 1\n',
  '<<: [1]\n',
  '<<: {a: 1}\n<<: {a: 2, b: 3}\n',
  'x: &x {a: 1}\nx: 2\ny: *x\n',
  'a: "\\u00e9\\x41\\U0001F600\\N\\_"\n',
  'a: - \n',
  'a: -\n',
  '- -\n',
  'a: ?\n',
  'a: :\n',
  'a: ::\n',
  'a: -x\n',
  'a: --\n',
  '[-]\n',
  '[- a]\n',
  '[-1, --x]\n',
  'a: .\n',
  'a: ...\n',
  'a: x\n # comment\n y\n',
  'a: x # c\n y\n',
  "a: 'x' #y\nb: z\n",
  'a:\n  # c\n  - x\n  # c\nb: 1\n',
  'a: |\n  x\n # less\nb: 1\n',
  'a: |\n\n  # not\n  x\n\nb: c\n',
  'a: >\n\n  x\n  y\n',
  'a: !!null\nb: !!str\nc:\n',
  'a: !!map {b: 1}\nc: !!seq [x]\n',
  'key with spaces: v\n',
  'a/b: c\n',
  'a: 2024-01-01\nb: 12:30:45\nc: 0x1f\nd: 0o17\ne: 017\nf: 1e3\ng: 1.5e+3\n',
  'a: [\n1,\n2\n]\n',
  'a: {\nb: 1\n}\n',
  'a: "x\n---\ny"\n',
  'a: [x,\n--- y]\n',
  'a: x\n---\n',
  'a: {x: "y", z: \'w\' , "q": |\n}\n',
  '"a" : b\n',
  'a : b\n',
  'a:b\n',
  '-a\n',
  '- a\n-b\n',
  'a: 1\n b: 2\n',
  'a:\n  b: 1\n c: 2\n',
  '  a: 1\n  b: 2\n',
  '  a: 1\nb: 2\n',
  'a: "\\\n  x"\n',
  'a: "x  \n  y"\n',
  'a: "x\\t\n  y"\n',
  'a:   x   y   \n',
  '- &x\n  a: 1\n- *x\n- <<: *x\n  b: 2\n',
  'a: &x |\n  text\nb: *x\n',
  'x: [a, "b\n  c", \'d\n  e\' ]\n',
  'x: {a: "1\n  2", b: c\n  d}\n',
  'a: {b: "c": d}\n',
  '- - - a\n    - b\n',
  '!!map\na: 1\n',
  '--- !!map\na: 1\n',
  '--- &x\na: 1\n',
  'a: !!python/tuple [1]\n',
  'a: !!python/unicode x\n',
  'a: !!omap\n- b: 1\n- c: 2\n',
  'a:\n  !!str\n  7\n',
  'a:\n  &x\n  b: 1\nc: *x\n',
  'a:\n - b: &x\n    c: 1\n - *x\n',
  '[[], {}, [[]], [{}]]\n',
  'a: [b, [c, d], {e: [f]}]\n',
  '!!str a: b\n',
  '*a : b\n',
  '[a, b]: c\n',
  '{a: b}: c\n',
  'a: |\n \ttab\n x\n',
];

test('what people write is read as PyYAML reads it, or refused as it does', async () => {
  await compare(pyyaml(DOCUMENTS));
});

test('what PyYAML writes is read', async () => {
  const documents = pyyaml([], 400, 7);
  expect(documents.every(({rows}) => rows !== null)).toBe(true);
  // A key of more than one line or of more than 128 characters is written behind a "?".
  await compare(documents.filter(({text}) => !/^\s*\? /m.test(text)));
});

test('cloud-init’s own examples are read as PyYAML reads them', async () => {
  const folder = temporary();
  execFileSync('apt-get', ['download', '--quiet', 'cloud-init'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  execFileSync('sh', ['-c', 'dpkg-deb -x cloud-init_*.deb .'], {cwd: folder});
  const examples = join(folder, 'usr/share/doc/cloud-init/examples');
  const texts = readdirSync(examples, {withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map(({name}) => [name, readFileSync(join(examples, name))] as const)
    .map(([name, bytes]) => (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  expect(texts.length).toBeGreaterThan(20);
  await compare(pyyaml(texts));
});

describe('where the guest and PyYAML differ', () => {
  test.each([
    ['? a\n: b\n', '1: a key after "?" is not read'],
    ['a: {? b : c}\n', '1: "?" begins no value here'],
    ['? [a, b]\n: c\n', '1: a key after "?" is not read'],
    ['&k a: b\n', '1: a key inside of a value'],
    ['&x a: 1\nb: *x\n', '1: a key inside of a value'],
  ])('%j is refused', async (text, complaint) => {
    expect(guest(await fakeMachine(), [text])).toEqual([{text, rows: null, complaint}]);
  });

  test.each([
    ['a:\tx\n', ['a\tx']],
    ['a: [http://x?y=1]\n', ['a/0\thttp://x?y=1']],
    ['a: <<\n', ['a\t<<']],
  ])('%j is read', async (text, rows) => {
    expect(guest(await fakeMachine(), [text])).toEqual([{text, rows, complaint: ''}]);
  });
});

describe('aliases have a limit', () => {
  test('a billion laughs', async () => {
    const levels = Array.from(
      {length: 9},
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]\n`,
    );
    const [read] = guest(await fakeMachine(), [`l0: &l0 lol\n${levels.join('')}`]);
    expect(read).toMatchObject({rows: null, complaint: '5: more than 4096 values'});
  });

  test('a long text many times', async () => {
    const [read] = guest(await fakeMachine(), [`a: &a ${'x'.repeat(100_000)}\nb: [*a, *a,\n *a]\n`]);
    expect(read).toMatchObject({rows: null, complaint: '3: aliases that come to more than 262144 bytes'});
  });
});

test.each([
  ['a: 1\n---\nb: 2\n', '2: a second document begins here, and one is read'],
  [
    '#cloud-config\nruncmd:\n  - echo one\n---\nruncmd:\n  - echo two\n',
    '4: a second document begins here, and one is read',
  ],
  ['{"a": 1}\n--- {"b": 2}\n', '2: a second document begins here, and one is read'],
  ['a: |\n  x\n---\n', '3: a second document begins here, and one is read'],
  ['a: [1,\n---\n2]\n', '1: the document ends inside of a value'],
])('one file, one document: %j', async (text, complaint) => {
  expect(guest(await fakeMachine(), [text])).toEqual([{text, rows: null, complaint}]);
});

test('of equal keys the last one counts, wholly, at every depth and in every style', async () => {
  await compare(
    pyyaml([
      'a: [1, 2, 3]\nb: x\na: [4]\n',
      'a: {b: {c: 1, d: 2}, b: {e: 3}}\na: {b: {c: 9}, f: 1, "b": [7]}\n',
      'a:\n  - x: 1\n    y: 2\n    x:\n      z: 3\n',
      'a: {b: 1}\na:\n',
      'a: 1\n"a": 2\n\'a\': 3\n',
      'base: &b {k: [1, 2]}\nx:\n  <<: *b\n  k: [3]\nx:\n  <<: *b\n',
      'x: &x {a: 1}\nx: 2\ny: *x\n',
    ]),
  );
});
