import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

function parse(machine: FakeMachine, text: string | Buffer): Record<string, string> {
  machine.write('meta-data', text);
  mkdirSync(join(machine.root, 'out'), {recursive: true});
  const {status, stderr} = machine.ash(
    'awk -v dir="$ROOT/out" -f "$ROOT/usr/lib/leanos/meta-data.awk" "$ROOT/meta-data"',
  );
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  return Object.fromEntries(
    readdirSync(join(machine.root, 'out')).map((name) => [name, machine.read(`out/${name}`)]),
  );
}

test.each([
  [
    'plain YAML',
    'instance-id: i-1\nlocal-hostname: web\n',
    {'instance-id': 'i-1\n', 'local-hostname': 'web\n'},
  ],
  [
    'quotes and comments',
    'instance-id: "i 1" \nlocal-hostname: web # mine\n',
    {'instance-id': 'i 1\n', 'local-hostname': 'web\n'},
  ],
  ['CRLF', 'instance-id: i-1\r\n', {'instance-id': 'i-1\n'}],
  [
    'a list of keys',
    'public-keys:\n  - ssh-ed25519 AAAA a\n  - ssh-rsa BBBB b\n',
    {'public-keys': 'ssh-ed25519 AAAA a\nssh-rsa BBBB b\n'},
  ],
  ['a map of keys', 'public-keys:\n  mine: ssh-ed25519 AAAA a\n', {'public-keys': 'ssh-ed25519 AAAA a\n'}],
  [
    'JSON',
    '{"instance-id": "i-1", "public-keys": ["ssh-ed25519 A", "ssh-rsa B"]}',
    {'instance-id': 'i-1\n', 'public-keys': 'ssh-ed25519 A\nssh-rsa B\n'},
  ],
  [
    'JSON with escapes',
    '{"local-hostname": "a\\"b", "other": {"instance-id": "no"}}',
    {'local-hostname': 'a"b\n'},
  ],
  ['an empty file', '', {}],
  ['unknown keys', 'colour: red\n../../etc/passwd: x\n', {}],
  [
    'a command',
    'local-hostname: $(touch /tmp/leanos-owned)\n',
    {'local-hostname': '$(touch /tmp/leanos-owned)\n'},
  ],
  ['an unfinished JSON', '{"instance-id": "i', {'instance-id': 'i\n\n'}],
])('%s', async (_what, text, files) => {
  expect(parse(await fakeMachine(), text)).toEqual(files);
});

test('binary junk and a megabyte in one line do no harm', async () => {
  const machine = await fakeMachine();
  expect(parse(machine, Buffer.from(Array.from({length: 4096}, (_, index) => (index * 131) % 256)))).toEqual(
    {},
  );
  expect(parse(machine, `instance-id: ${'x'.repeat(1024 * 1024)}\n`)['instance-id']).toHaveLength(
    1024 * 1024 + 1,
  );
});
