import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {randomFrom} from '../support/random.ts';
import {readUnderstood} from '../support/understood.ts';

/** What each of two readers makes of documents: its status, and the files that it writes. */
function factsOf(machine: FakeMachine, reader: string, documents: readonly string[]): string[] {
  documents.forEach((text, index) => machine.write(`m/${index}`, text));
  const {stdout, status} = machine.ash(
    `DIR=$ROOT/none; for l in label drivers system platform seed; do . "$ROOT/usr/lib/leanos/$l.sh"; done
    n=0; while [ $n -lt ${documents.length} ]; do DIR=$ROOT/${reader}/$n; mkdir -p "$DIR"; ${reader} "$ROOT/m/$n" 2>/dev/null; echo "status $?"
    for f in "$DIR"/*; do [ ! -f "$f" ] || { echo "\${f##*/}:"; cat "$f"; }; done; echo =; n=$((n + 1)); done`,
  );
  expect(status).toBe(0);
  return stdout.split('=\n').slice(0, -1);
}

const KEYS = ['ssh-ed25519 AAAA one', 'ssh-rsa BBBB two', 'ssh-rsa CCCC'];

test.each([
  ['a list', {'public-keys': KEYS}],
  ['one text', {'public-keys': `${KEYS.join('\n')}\n`}],
  ['names and keys', {'public-keys': {0: KEYS[0], 1: KEYS[1], me: KEYS[2]}}],
  ['names and lists', {'public-keys': {me: KEYS.slice(0, 1), you: KEYS.slice(1)}}],
  [
    'names and texts of several lines',
    {public_keys: {me: `${KEYS[0]}\n`, you: `\n${KEYS[1]}\n\n${KEYS[2]}\n`}},
  ],
  [
    'EC2’s',
    {
      'public-keys': {
        0: {'openssh-key': `${KEYS[0]}\n`},
        1: {'openssh-key': KEYS[1]},
        2: {'openssh-key': KEYS[2]},
      },
    },
  ],
  ['OpenStack’s keys', {keys: KEYS.map((data, index) => ({data, type: 'ssh', name: `k${index}`}))}],
  ['nothing, and a list', {public_keys: null, 'public-keys': [null, ...KEYS, '']}],
])('keys as %s', async (_, data) => {
  const machine = await fakeMachine();
  const expected = `status 0\ninstance-id:\ni-1\npublic-keys:\n${KEYS.join('\n')}\n`;
  const text = JSON.stringify({'instance-id': 'i-1', ...data});
  expect(factsOf(machine, 'read_all_facts', [text])).toEqual([expected]);
});

test('the fast way of reading meta-data gives what the other one gives, or nothing', async () => {
  const machine = await fakeMachine();
  const random = randomFrom(3);
  const lines = [
    'instance-id: i-1',
    'instance-id: "i 2"',
    'instance-id: null',
    'instance-id: NULL',
    'instance-id: ~',
    'instance-id: 0123',
    'instance-id:',
    'instance-id: yes',
    'instance-id: 1:30',
    'local-hostname: web',
    'local-hostname: "null"',
    'local-hostname: a b',
    'local-hostname: a: b',
    'local-hostname: a#b',
    'local-hostname: a #b',
    'public-keys:',
    'public-keys: x',
    '- ssh-rsa A me',
    '  - ssh-rsa B',
    '- "ssh-rsa C"',
    '  more text',
    '- - x',
    '',
    '# comment',
    '---',
    'other: 1',
    '- Null',
    "- 'x'",
    '- a: b',
    'hostname: h',
    '-',
    '- x:',
    '\t- x',
    'instance-id : x',
  ];
  const common = [
    'instance-id: i-1\n',
    'local-hostname: web\n',
    'public-keys:\n- ssh-rsa A\n- ssh-rsa B me\n',
  ];
  const documents = Array.from({length: 300}, (_, index) => {
    if (index % 3 === 0)
      return Array.from({length: 1 + random.below(5)}, () => `${random.of(lines)}\n`).join('');
    const text = common.filter(() => random.below(2) === 0).join('');
    // A shell passes over bytes of zero; awk ends the line there.
    return index % 3 === 1 ? text : random.damage(Buffer.from(text)).toString().replaceAll('\0', '');
  });
  const plain = factsOf(machine, 'read_plain_facts', documents);
  const all = factsOf(machine, 'read_all_facts', documents);
  const read = documents.map((text, index) => ({text, plain: plain[index], all: all[index]}));
  const taken = read.filter((each) => each.plain?.startsWith('status 0'));
  expect(taken.length).toBeGreaterThan(30);
  expect(taken.filter((each) => each.plain !== each.all)).toEqual([]);
  expect(read.filter((each) => each.plain?.startsWith('status 1') && each.plain !== 'status 1\n')).toEqual(
    [],
  );
});

describe('the table of meta-data', () => {
  /** The files that a seed's meta-data comes to, and what is said of it. */
  async function read(document: unknown, table = 'meta-data'): Promise<{facts: string; said: string}> {
    const machine = await fakeMachine();
    machine.write('meta-data', JSON.stringify(document));
    const {stdout, stderr} = machine.ash(
      `DIR=$ROOT/found; mkdir "$DIR"; . "$ROOT/usr/lib/leanos/seed.sh"; DATASOURCE=nocloud; read_all_facts "$ROOT/meta-data" ${table}; cd "$DIR"; for f in *; do [ ! -f "$f" ] || { echo "$f:"; cat "$f"; }; done`,
    );
    expect(stderr).toBe('');
    return {facts: stdout, said: machine.read('dev/console')};
  }

  test.each(readUnderstood('meta-data').filter(({path}) => !path.includes('/')))(
    'is right that $path is understood',
    async ({path}) => {
      expect(await read({[path]: 'x'})).toEqual({
        facts: expect.stringMatching(/^[a-z_-]+:\nx\n$/) as string,
        said: '',
      });
    },
  );

  test('what it does not list is named with its path, and nothing comes of it', async () => {
    const {facts, said} = await read({
      'instance-id': 'i-1',
      hostnme: 'web',
      seedfrom: ['http://x/'],
      'local-hostname': {a: 'b'},
      'public-keys': {me: {'openssh-key': 'ssh-rsa A'}, you: null},
      random_seed: 'AAAA',
    });
    expect(facts).toBe('instance-id:\ni-1\npublic-keys:\nssh-rsa A\n');
    expect(said.split('\n').filter((line) => line !== '')).toEqual(
      [
        'hostnme is not known and passed over',
        'seedfrom is a list, where text is understood: passed over',
        'local-hostname is a map, where text or a number or true or false is understood: passed over',
        'public-keys/you has no value',
        'random_seed is not known and passed over',
      ].map((text) => `warning: nocloud: meta-data: ${text}`),
    );
  });

  test('what a cloud’s programs say beside it is not named', async () => {
    expect((await read({uuid: 'u-1', devices: [], meta: {a: 'b'}}, '')).said).toBe('');
  });
});
