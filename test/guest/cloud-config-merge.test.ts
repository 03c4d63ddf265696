import {describe, expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';
import {configuredBy, said} from '../support/cloud-config.ts';
import {mergedByCloudInit} from '../support/cloud-init.ts';
import {randomFrom} from '../support/random.ts';

const config = (text: string): string => `#cloud-config\n${text}`;
const commands = (...words: string[]): string =>
  config(`runcmd: [${words.map((word) => `echo ${word}`).join(', ')}]\n`);

describe('several configurations are one', () => {
  test('the later one’s list takes the place of the earlier one’s', async () => {
    expect(said(await configuredBy([commands('one', 'two'), commands('three')]))).toBe('three\n');
  });

  test('user-data’s takes the place of vendor-data’s, whose other keys stay', async () => {
    const machine = await configuredBy([`${commands('vendor')}hostname: web\n`, commands('user')], {
      vendors: 1,
    });
    expect(said(machine)).toBe('user\n');
    expect(machine.read('etc/hostname')).toBe('web\n');
  });

  test('merge_how is obeyed', async () => {
    const how = 'merge_how: dict(recurse_list,no_replace)+list(append)\n';
    expect(said(await configuredBy([commands('one'), commands('two') + how]))).toBe('one\ntwo\n');
  });

  test('so is the header of a part', async () => {
    const machine = await configuredBy([commands('one'), commands('two')], {
      files: {'parts/002.merge': 'dict(recurse_list,no_replace)+list(append)\n'},
    });
    expect(said(machine)).toBe('one\ntwo\n');
  });

  test.each(['merge_how: list(append)\n', 'merge_how: sets()\n', 'merge_how: "dict"\n'])(
    '%s is said',
    async (how) => {
      const console = said(await configuredBy([commands('one'), commands('two') + how]));
      expect(console).toContain('the document is passed over');
      expect(console).toMatch(/^one$/m);
      expect(console).not.toMatch(/^two$/m);
    },
  );

  test('one with a mistake is passed over, the others are not', async () => {
    const console = said(await configuredBy([commands('one'), config('runcmd: [\n')]));
    expect(console).toMatch(/nothing of it is done/);
    expect(console).toMatch(/^one$/m);
  });

  test('what an image before this one has done for the instance is not done again', async () => {
    const machine = await configuredBy([commands('one'), config('hostname: db\n')], {
      files: {'var/lib/leanos/sem/config-003-runcmd.i-i-1': ''},
    });
    expect(said(machine)).toBe('');
    expect(machine.read('etc/hostname')).toBe('db\n');
  });

  /** What the machine does at its next boot, when the power went in the middle of a step. */
  const cutIn = (step: string): string =>
    `rm -rf "$ROOT"/var/lib/leanos/sem; : >"$ROOT/done"; (do_${step}() { exit; }; configure; configure_late; finish_config);`;

  test.each([
    ['write_files', 'write_files: [{path: /made, content: x}]\n'],
    ['deferred', 'write_files: [{path: /made, content: x, defer: true}]\n'],
  ])('a step that may be repeated and was cut off is done at the next boot: %s', async (step, text) => {
    const machine = await configuredBy([config(text)], {
      again: `rm "$ROOT/made"; ${cutIn(step)} configure; configure_late`,
    });
    expect(machine.read('made')).toBe('x');
  });

  test.each(['hostname', 'users', 'passwords', 'mounts', 'ssh_import_id', 'phone_home'])(
    'a step that was cut off has no mark: %s',
    async (step) => {
      const keys = 'hostname: db\nusers: []\npassword: x\nmounts: []\nssh_import_id: []\nphone_home: {}\n';
      const machine = await configuredBy([config(keys)], {
        again: `${cutIn(step)} ls "$ROOT/var/lib/leanos/sem" >"$ROOT/marks"`,
      });
      expect(machine.read('marks')).not.toContain(`-${step}.`);
    },
  );

  test('what may be done once only is not done again, though it was cut off', async () => {
    const machine = await configuredBy([commands('one')], {again: `${cutIn('runcmd')} configure_late`});
    expect(said(machine)).toBe('one\n');
  });

  test('nothing is done twice for an instance, whatever documents come later', async () => {
    const machine = await configuredBy([commands('one')], {
      again: 'cp "$parts/001.config" "$parts/002.config"; open_configs; configure; configure_late',
    });
    expect(said(machine)).toBe('one\n');
  });
});

/** What a machine with this instance data has on its console when leanos-userdata has run. */
async function consoleOf(data: Readonly<Record<string, string>>): Promise<string> {
  const machine = await fakeMachine();
  machine.write('proc/uptime', '1.0 1.0\n');
  machine.write('run/leanos/datasource/data/instance-id', 'i-1\n');
  for (const [name, text] of Object.entries(data)) machine.write(`run/leanos/datasource/data/${name}`, text);
  machine.ash('sh "$ROOT/usr/sbin/leanos-userdata"');
  return machine.read('dev/console');
}

const message = (...parts: readonly {head?: string; text: string}[]): string =>
  `Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n${parts.map(({head = '', text}) => `--B\nContent-Type: text/cloud-config\n${head}\n${text}`).join('')}--B--\n`;

describe('instance data', () => {
  const two = (head: string): string =>
    message({text: commands('from-one')}, {head, text: commands('from-two')});

  test.each([
    ['two parts', '', 'from-two\n'],
    ['a part with Merge-Type', 'Merge-Type: list(append)+dict(recurse_list)\n', 'from-one\nfrom-two\n'],
    ['a part with X-Merge-Type', 'X-Merge-Type: list(prepend)+dict(recurse_list)\n', 'from-two\nfrom-one\n'],
  ])('%s over vendor-data', async (_, head, said) => {
    expect(await consoleOf({'vendor-data': commands('vendor'), 'user-data': two(head)})).toBe(said);
  });

  test.each(['#cloud-config-jsonp\n[]\n', '## template: jinja\n#cloud-config\n'])(
    '%j is named',
    async (text) => {
      expect(await consoleOf({'user-data': text})).toContain(
        `not understood and passed over: ${text.split('\n')[0] ?? ''}`,
      );
    },
  );
});

/** A flat document as the value that it is of. */
function valueOf(rows: string): unknown {
  const root: Record<string, unknown> = {};
  for (const row of rows.split('\n').filter((line) => line !== '')) {
    const [path = '', text = ''] = row.split('\t');
    const names = path.split('/');
    const last = names.pop() ?? '';
    let here = root;
    for (const name of names) here = (here[name] ??= {}) as Record<string, unknown>;
    here[last] = text === '{}' || text === '[]' ? {} : text;
  }
  return root;
}

/** Lists as maps from their indices, as flat documents have them. */
function asMaps(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asMaps(item)]));
}

test('dozens of documents are merged as cloud-init’s own program merges them', async () => {
  const random = randomFrom(26);
  const names = (): string[] => ['t', 'l', 'p', 'm'].filter(() => random.below(3) > 0);
  const some = (make: () => unknown): unknown[] => Array.from({length: random.below(3) + 1}, make);
  const text = (): string => random.of(['x', 'y', 'z']);
  // What has one name is of one kind, where more than replacing is asked for: other than that, cloud-init stumbles.
  const kinds: Record<string, (depth: number) => unknown> = {
    t: text,
    l: () => some(text),
    p: (depth) => some(() => map(depth + 1)),
    m: (depth) => map(depth + 1),
  };
  const map = (depth: number): Record<string, unknown> => ({
    z: text(),
    ...Object.fromEntries(depth > 2 ? [] : names().map((name) => [name, kinds[name]?.(depth)])),
  });
  const HOWS = [
    undefined,
    undefined,
    'dict(replace)+list()+str()',
    'dict(recurse_array,no_replace)+list(append)',
    'list(append)+dict(recurse_array)+str(append)',
    'dict(recurse_list,recurse_str)+list(prepend)+str(append)',
    'dict(no_replace,recurse_list)+list(no_replace)',
    'dict(recurse_list)+list(replace,recurse_dict,recurse_list)',
    [
      {name: 'list', settings: ['append']},
      {name: 'dict', settings: ['no_replace', 'recurse_list']},
    ],
    [
      ['dict', 'recurse_list'],
      ['list', 'append', 'recurse_dict'],
    ],
  ];
  const document = (mixed: boolean) => (): string => {
    const how = mixed ? undefined : random.of(HOWS);
    const keys = mixed
      ? Object.fromEntries(names().map((name) => [name, kinds[random.of(['t', 'l', 'p', 'm'])]?.(0)]))
      : map(0);
    return JSON.stringify({...keys, z: 'z', ...(how === undefined ? {} : {merge_how: how})});
  };
  const pairs = Array.from({length: 60}, (): [string[], string[]] => {
    const one = document(random.below(3) === 0);
    return [Array.from({length: random.below(2)}, one), Array.from({length: random.below(3) + 1}, one)];
  });
  const machine = await fakeMachine();
  machine.write(
    'table',
    ['t', 'l', 'p', 'm', 'z']
      .flatMap((name) => [`${name}\ttext list map\n`, `${name}/**\ttext list map\n`])
      .join(''),
  );
  pairs.forEach(([vendor, user], index) => {
    [...vendor, ...user].forEach((text, part) => machine.write(`${index}/${part}.yaml`, text));
    machine.write(`${index}/vendors`, String(vendor.length));
  });
  const {stdout, stderr} =
    machine.ash(`l=$ROOT/usr/lib/leanos n=0; . "$l/system.sh"; while [ $n -lt ${pairs.length} ]; do
    for f in "$ROOT/$n"/*.yaml; do { printf '!merge\\t\\n'; flatten -f "$l/print.awk" "$f"; } >"$f.flat"; done
    awk -v vendors="$(cat "$ROOT/$n/vendors")" -v table="$ROOT/table" -f "$l/understood.awk" -f "$l/cloud-config/tree.awk" -f "$l/cloud-config/merge.awk" "$ROOT/$n"/*.flat
    echo ==; n=$((n + 1)); done`);
  expect(stderr).toBe('');
  const merged = stdout.split('==\n').slice(0, -1).map(valueOf);
  expect(merged).toEqual(mergedByCloudInit(pairs).map(asMaps));
});
