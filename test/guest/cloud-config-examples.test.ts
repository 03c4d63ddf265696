import {expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';
import {cloudInitExamples, leavesOf, type Leaf} from '../support/cloud-init.ts';

interface Read {
  /** The values that the guest acts on, as printf %b gives them. */
  readonly kept: ReadonlyMap<string, string>;
  readonly said: string;
}

/** What the guest reads of each text. */
async function readByGuest(texts: readonly string[]): Promise<Read[]> {
  const machine = await fakeMachine();
  texts.forEach((text, index) => machine.write(`${index}.config`, text));
  const {stdout, status} =
    machine.ash(`l=$ROOT/usr/lib/leanos n=0; . "$l/system.sh"; while [ $n -lt ${texts.length} ]; do
    { printf '!merge\\t\\n'; flatten -f "$l/print.awk" "$ROOT/$n.config" 2>&3; } >"$ROOT/flat" 3>"$ROOT/said"
    awk -v vendors=0 -v table="$l/understood/cloud-config" -f "$l/understood.awk" -f "$l/cloud-config/tree.awk" -f "$l/cloud-config/merge.awk" "$ROOT/flat" 2>>"$ROOT/said"
    echo '=== said'; cat "$ROOT/said"; echo '=== end'; n=$((n + 1)); done`);
  expect(status).toBe(0);
  return stdout
    .split('=== end\n')
    .slice(0, -1)
    .map((text) => {
      const [rows = '', said = ''] = text.split('=== said\n');
      const kept = rows.split('\n').map((row): [string, string] => {
        const [path = '', value = ''] = row.split('\t');
        return [
          path,
          value.replaceAll(/\\([\\nt])/g, (_, sign: string) => ({n: '\n', t: '\t'})[sign] ?? sign),
        ];
      });
      return {kept: new Map(kept), said};
    });
}

/** Where the guest has a value: keys of users have older spellings with dashes. */
const placeOf = (path: string): string =>
  path.replace(/^(users\/\d+\/)([^/]+)/, (_, user: string, key: string) => user + key.replaceAll('-', '_'));

/** user:, groups:, and users: as text or map have several forms, of which the guest reads one: there are tests of each. */
const hasForms = (path: string): boolean => /^(user|groups)(\/|$)|^users(\/\D|$)/.test(path);

const isNamed = (path: string, said: string): boolean =>
  path.split('/').some((_, index, names) => {
    const above = names.slice(0, index + 1).join('/');
    return said.split('\n').some((line) => line.startsWith(`${above} `));
  });

test('of every example in cloud-init’s documentation, each value is read as PyYAML reads it, or named', async () => {
  const examples = cloudInitExamples();
  expect(examples.length).toBeGreaterThan(10);
  const read = await readByGuest(examples.map(([, text]) => text));
  const wrong = leavesOf(examples.map(([, text]) => text)).flatMap((leaves, index) => {
    const [name, text] = examples[index] ?? ['', ''];
    const {kept, said} = read[index] ?? {kept: new Map<string, string>(), said: ''};
    if (leaves === null) return [];
    if (/^\d+: /m.test(said)) return [`${name}: ${said}${text.slice(0, 60)}`];
    return leaves.flatMap(([path, value]: Leaf) => {
      const found = kept.get(placeOf(path));
      if (isNamed(placeOf(path), said) || /^merge_(how|type)/.test(path) || hasForms(path)) return [];
      if (found === undefined) return [`${name}: ${path} is lost`];
      return value === null || found === value ? [] : [`${name}: ${path} is ${found}`];
    });
  });
  expect(wrong).toEqual([]);
}, 120_000);
