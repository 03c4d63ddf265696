import {existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {mayHave} from '../../src/release/rollout.ts';
import {MetadataServer, type Answer} from '../../src/vm/metadata-server.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {
  CHECK,
  FETCH,
  FILES,
  iso,
  keys,
  line,
  machineOn,
  NEW,
  OLD,
  published,
  sha256,
  TODAY,
  update,
  type Kind,
  type Release,
} from '../support/published-release.ts';

async function checked(
  answers: Record<string, Answer>,
  prepare?: (machine: FakeMachine) => void,
): Promise<{status: number; text: string}> {
  await using server = await MetadataServer.start(answers);
  const machine = await machineOn(server.url);
  prepare?.(machine);
  return await update(machine, CHECK);
}

async function fetched(
  answers: Record<string, Answer>,
  environment = '',
): Promise<{status: number; text: string; machine: FakeMachine}> {
  await using server = await MetadataServer.start(answers);
  const machine = await machineOn(server.url);
  return {...(await update(machine, FETCH, environment)), machine};
}

const remember = (name: string, text: string) => (machine: FakeMachine) =>
  machine.write(`var/lib/leanos/update/${name}`, `${text}\n`);

describe('what a channel gives', () => {
  test('is taken when all is well', async () => {
    expect(await checked(published())).toEqual({status: 0, text: `${NEW} is wanted`});
    expect((await fetched(published())).text).toMatch(/^fetched$/m);
  });

  test.each<[string, Release, RegExp]>([
    ['the version that runs', {version: OLD}, /is the newest/],
    ['a version that is older', {version: `${TODAY - 40}.0.0`}, /is the newest/],
    ['a version for others, at first', {pointer: {rollout: 0}}, /is not for this machine yet: 0 % have it/],
  ])('%s is not wanted', async (_, release, reason) => {
    expect((await checked(published(release))).text).toMatch(reason);
  });

  test('a version that did not come up is not wanted again', async () => {
    expect((await checked(published(), remember('refused', NEW))).text).toMatch(/did not come up here/);
  });

  test('the machine’s share of a rollout is what the builder computes', async () => {
    const asked = [0.5, 12.34, 50, 87].flatMap((percent) =>
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({percent, name})),
    );
    const words = asked.map(({percent, name}) => `ask ${percent} ${name}`).join('\n');
    const {text} = await update(
      await machineOn('http://none'),
      `mkdir -p "$UPDATE"; offered=${NEW}; ask() { echo "$2" >"$UPDATE/machine"; if in_rollout "$1"; then echo true; else echo false; fi; }\n${words}`,
    );
    expect(text.split('\n')).toEqual(asked.map(({percent, name}) => String(mayHave(name, NEW, percent))));
  });
});

/** By the list of attacks in The Update Framework's specification, 1.5.2. */
describe('an attacker', () => {
  test.each<[string, Release, ((machine: FakeMachine) => void) | undefined, RegExp]>([
    ['with software of his own', {signers: ['stranger']}, undefined, /no answer from/],
    [
      'who plays an old release again',
      {},
      remember('seen.stable', `${TODAY - 5}.0.0`),
      /a channel never goes back/,
    ],
    [
      'who goes so far forward that nothing newer can come',
      {version: `${TODAY + 400}.0.0`},
      undefined,
      /is from the future/,
    ],
    [
      'who holds newer releases back',
      {pointer: {expires: iso(-1)}},
      undefined,
      /expired at .*holding newer ones back/,
    ],
    [
      'with another channel’s pointer',
      {pointer: {channel: 'alpha'}},
      undefined,
      /for channel alpha, not stable/,
    ],
    [
      'with another image’s pointer',
      {pointer: {image: 'cirros'}},
      undefined,
      /for cirros-x86_64, not test-x86_64/,
    ],
    [
      'with another architecture’s pointer',
      {pointer: {arch: 'aarch64'}},
      undefined,
      /for test-aarch64, not test-x86_64/,
    ],
    [
      'with a version that is none',
      {pointer: {version: '1.0.0; reboot'}},
      undefined,
      /names no version of a release/,
    ],
  ])('%s is refused, and it is said', async (_, release, prepare, said) => {
    const {status, text} = await checked(published(release), prepare);
    expect(text).toMatch(said);
    expect(status).toBe(1);
  });

  test('who changes a byte of what was signed is refused', async () => {
    const answers = published();
    const [path = ''] = Object.keys(answers).filter((name) => name.endsWith('.signed'));
    answers[path] = Buffer.from(String(answers[path]).replace('"rollout": 100', '"rollout": 101'));
    expect((await checked(answers)).text).toMatch(/not signed by a key that this machine believes/);
  });

  test('who signs with a stranger’s key under a known number is refused', async () => {
    const forged = published({signers: ['stranger']});
    const [path = ''] = Object.keys(forged).filter((name) => name.endsWith('.signed'));
    const name = `/stable/test-x86_64.${keys.mine.publicKey.id}.signed`;
    expect((await checked({...forged, [name]: forged[path] ?? ''})).text).toMatch(/not signed by a key/);
  });

  test('with a key that was rotated away is refused; the new one is believed', async () => {
    const rotation = published({signers: ['mine'], pointer: {keys: [line('next')]}});
    await using server = await MetadataServer.start(rotation);
    const machine = await machineOn(server.url);
    expect((await update(machine, CHECK)).text).toBe(`${NEW} is wanted`);
    expect(existsSync(join(machine.root, `var/lib/leanos/update/keys/${keys.next.publicKey.id}.pub`))).toBe(
      true,
    );
    await using later = await MetadataServer.start(
      published({version: `${TODAY - 5}.0.0`, signers: ['mine']}),
    );
    machine.write('var/lib/leanos/update/url', later.url);
    expect((await update(machine, CHECK)).text).toMatch(/no answer/);
    await using good = await MetadataServer.start(
      published({version: `${TODAY - 5}.0.0`, signers: ['next'], pointer: {keys: [line('next')]}}),
    );
    machine.write('var/lib/leanos/update/url', good.url);
    expect((await update(machine, CHECK)).text).toBe(`${TODAY - 5}.0.0 is wanted`);
  });

  test('who mixes releases is refused', async () => {
    const other = published({version: `${TODAY - 20}.0.0`});
    const mixed = {
      ...published(),
      [`/stable/${NEW}/test-x86_64/manifest.json`]:
        other[`/stable/${TODAY - 20}.0.0/test-x86_64/manifest.json`] ?? '',
    };
    expect((await fetched(mixed)).text).toMatch(/not the one that was signed/);
    const wrong = published({manifest: {version: OLD}});
    expect((await fetched(wrong)).text).toMatch(/the manifest is for test-x86_64 /);
  });

  /** What is fetched of a release that has one more file. */
  async function fetchedWith(kind: string, text: string): Promise<(what: string) => boolean> {
    const artifacts = [...Object.entries(FILES), [kind, text] as const].map(([name, data]) => ({
      kind: name,
      format: 'x',
      path: `leanos-${name}`,
      bytes: data.length,
      sha256: sha256(data),
    }));
    const {text: said, machine} = await fetched({
      ...published({manifest: {artifacts}}),
      [`/stable/${NEW}/test-x86_64/leanos-${kind}`]: text,
    });
    expect(said).toMatch(/^fetched/);
    return (what) => machine.has(`var/lib/leanos/update/download/${sha256(what)}`);
  }

  test('of a release with a kernel compressed for disks that one is taken, and the other is not', async () => {
    const has = await fetchedWith('slot-kernel', 'compressed');
    expect([has('compressed'), has(FILES.kernel)]).toEqual([true, false]);
  });

  test('of a release whose kernel Xen starts, Xen is taken too', async () => {
    const has = await fetchedWith('hypervisor', 'xen');
    expect([has('xen'), has(FILES.kernel), has(FILES.usr)]).toEqual([true, true, true]);
  });

  test.each(Object.keys(FILES))(
    'who has taken over the mirror and changes the %s is refused',
    async (kind) => {
      const path = `/stable/${NEW}/test-x86_64/leanos-${kind}`;
      const {text, status, machine} = await fetched({
        ...published(),
        [path]: FILES[kind as Kind].replace('x', 'y').replace('the', 'teh'),
      });
      expect(text).toMatch(/did not arrive whole/);
      expect(status).toBe(1);
      expect(machine.has(`var/lib/leanos/update/download/${sha256(FILES[kind as Kind])}`)).toBe(false);
    },
  );

  const endless: Answer = (_request, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(65536, 'x')));
      response.once('drain', more);
    };
    more();
  };
  const dripping: Answer = (_request, response) => {
    const drip = setInterval(() => response.write('x'), 50);
    response.on('close', () => clearInterval(drip));
  };

  test('with endless data fills nothing', async () => {
    const path = `/stable/${NEW}/test-x86_64/leanos-usr`;
    const {text, machine} = await fetched({...published(), [path]: endless});
    expect(text).toMatch(/did not arrive whole/);
    const kept = machine.ash('du -sk "$ROOT/var/lib/leanos/update/download" | cut -f1').stdout;
    expect(Number(kept)).toBeLessThan(100);
    const [pointer = ''] = Object.keys(published()).filter((name) => name.endsWith('.signed'));
    expect((await checked({...published(), [pointer]: endless})).text).toMatch(/no answer/);
  });

  test('who retrieves slowly keeps nobody for ever', async () => {
    const path = `/stable/${NEW}/test-x86_64/leanos-usr`;
    const {text} = await fetched({...published(), [path]: dripping}, 'SLOWEST=1000000000 PATIENCE=2;');
    expect(text).toMatch(/did not arrive whole|fetched/);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a path out of the release', {artifacts: [{kind: 'kernel', path: '../../x', bytes: 1, sha256: 'a'}]}],
    ['a size that is none', {artifacts: [{kind: 'kernel', path: 'x', bytes: '$(reboot)', sha256: 'a'}]}],
    ['a command line with quotes', {commandLine: {disk: 'quiet" ; reboot "'}}],
    ['no files', {artifacts: []}],
  ])('who may sign, but gives %s, is refused all the same', async (_, manifest) => {
    const {status, text} = await fetched(published({manifest}));
    expect(status).toBe(1);
    expect(text).not.toBe('');
  });
});

describe('a network that fails', () => {
  test('what was fetched is kept, and the next try goes on from there', async () => {
    const path = `/stable/${NEW}/test-x86_64/leanos-usr`;
    const ranges: (string | undefined)[] = [];
    const breaking: Answer = (request, response) => {
      ranges.push(request.headers.range);
      if (ranges.length === 1) {
        response.writeHead(200, {'content-length': FILES.usr.length});
        response.write(FILES.usr.slice(0, 4000));
        setTimeout(() => response.destroy(), 50);
        return;
      }
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, {
        'content-length': FILES.usr.length - start,
        'content-range': `bytes ${start}-${FILES.usr.length - 1}/${FILES.usr.length}`,
      });
      response.end(FILES.usr.slice(start));
    };
    await using server = await MetadataServer.start({...published(), [path]: breaking});
    const machine = await machineOn(server.url);
    expect((await update(machine, FETCH)).text).toMatch(
      /did not arrive whole; the next try goes on from here/,
    );
    expect((await update(machine, FETCH)).text).toMatch(/^fetched$/m);
    expect(ranges).toEqual([undefined, 'bytes=4000-']);
  });

  test('a server that is not there is said', async () => {
    const machine = await machineOn('http://127.0.0.1:1');
    expect((await update(machine, CHECK)).text).toMatch(
      /no answer from http:\/\/127\.0\.0\.1:1 for channel stable/,
    );
  });

  test('a STATE that is too full is said before anything is fetched', async () => {
    const text = (await fetched(published(), 'df() { echo "x 100 90 10 90% /"; };')).text;
    expect(text).toMatch(/STATE has 10 KiB free, and \d+ are needed/);
  });
});

describe('the state of the slots', () => {
  const LIBRARIES = 'for l in platform slots; do . "$ROOT/usr/lib/leanos/$l.sh"; done;';
  const block = (text: string): string => text.padEnd(1024, '#');
  const good = block('# GRUB Environment Block\nfirst=B\na=3\nb=1\nend=1\n');

  test.each([
    ['both copies are whole', good, good, 'B 3 1'],
    ['the first copy is torn', block('# GRUB Environment Block\nfirst=A\n'), good, 'B 3 1'],
    ['the first copy is garbage', 'x'.repeat(1024), good, 'B 3 1'],
    ['the second copy is gone', good, '', 'B 3 1'],
    ['both are garbage', 'x'.repeat(1024), '', 'none'],
  ])('is read when %s', async (_, one, two, expected) => {
    const machine = await fakeMachine();
    machine.write('run/leanos/esp/grub/state-1', one);
    machine.write('run/leanos/esp/grub/state-2', two);
    expect(machine.ash(`${LIBRARIES} read_state && echo "$first $a $b" || echo none`).stdout).toBe(
      `${expected}\n`,
    );
  });

  test('is written in place, in the format of GRUB, and read back', async () => {
    const machine = await fakeMachine();
    machine.write('run/leanos/esp/grub/state-1', good);
    machine.write('run/leanos/esp/grub/state-2', 'torn');
    expect(
      machine.ash(`${LIBRARIES} read_state; give_tries A 2 A; read_state; echo "$first $a $b"`).stdout,
    ).toBe('A 2 1\n');
    const expected = block('# GRUB Environment Block\nfirst=A\na=2\nb=1\nend=1\n');
    expect(machine.read('run/leanos/esp/grub/state-1')).toBe(expected);
    expect(machine.read('run/leanos/esp/grub/state-2')).toBe(expected);
  });

  test('one process at a time has the ESP, and one that was killed does not keep it', async () => {
    const machine = await fakeMachine();
    machine.write('run/.keep', '');
    const stubs = `${LIBRARIES} partition() { echo /dev/vda2; }; modprobe() { :; }; sync() { :; }
mount() { echo "mount $who" >>"$ROOT/log"; }; umount() { echo "umount $who" >>"$ROOT/log"; };`;
    const turn = `open_esp && sleep 0.3 && close_esp`;
    await Promise.all([
      machine.run(`${stubs} who=1; ${turn}`),
      machine.run(`${stubs} who=2; ${turn}`),
      machine.run(`${stubs} who=3; ${turn}`),
    ]);
    const log = machine.read('log').trim().split('\n');
    const order = log.filter((line) => line.startsWith('mount')).map((line) => line.slice(-1));
    expect([...order].sort()).toEqual(['1', '2', '3']);
    expect(log).toEqual(order.flatMap((who) => [`mount ${who}`, `umount ${who}`]));

    await machine.run(`${stubs} who=4; open_esp`);
    await machine.run(`${stubs} who=5; ${turn}`);
    expect(machine.read('log').trim().split('\n').slice(-4)).toEqual([
      'mount 4',
      'umount 5',
      'mount 5',
      'umount 5',
    ]);
  });
});

test('a fallback is told to the bootloader first, then remembered, and to the console last', async () => {
  const machine = await fakeMachine();
  for (const [name, text] of Object.entries({trial: `B ${NEW}`, why: 'it panicked'}))
    machine.write(`var/lib/leanos/update/${name}`, `${text}\n`);
  const {stdout} = machine.ash(
    `. "$ROOT/usr/lib/leanos/update-state.sh"; . "$ROOT/usr/lib/leanos/slots.sh"; . "$ROOT/usr/lib/leanos/health.sh"
    partition() { :; }; open_esp() { :; }; read_state() { :; }; close_esp() { :; }; sync() { :; }
    seen() { echo "$1: trial=$(recall trial none) refused=$(recall refused none)"; }
    give_tries() { seen "tries $*"; }; say() { seen "$*"; }
    slot=A; note_fallback`,
  );
  machine.ash(`. "$ROOT/usr/lib/leanos/update-state.sh"; refuse_version ${NEW}`);
  expect(machine.read('var/lib/leanos/update/refused')).toBe(`${NEW}\n`);
  expect(stdout.trim().split('\n')).toEqual([
    `tries A 3 A: trial=B ${NEW} refused=none`,
    `warning: update: ${NEW} did not come up: it panicked; this is the system before it: trial=none refused=${NEW}`,
  ]);
});

test('an update that is applied before its boot was judged is still to be tried', async () => {
  const machine = await fakeMachine();
  machine.write('proc/cmdline', 'leanos.slot=A\n');
  machine.write('run/leanos/root', '/dev/vda5\n');
  machine.write('proc/uptime', '1.5 1\n');
  mkdirSync(join(machine.root, 'var/lib/leanos/update'));
  const {stdout, stderr} = machine.ash(
    `for library in system judge update; do . "$ROOT/usr/lib/leanos/$library.sh"; done
    ip() { :; }; open_esp() { :; }; close_esp() { :; }; partition() { :; }; is_healthy() { why=''; }; sync() { :; }
    read_state() { first=A a=2 b=0; }; write_state() { echo "state $*"; }; say() { echo "$1"; }
    other=B; start_trial ${NEW}; judge_boot; recall trial`,
  );
  expect({stdout, stderr}).toEqual({stdout: `state B 2 3\nstate A 3 0\nB ${NEW}\n`, stderr: ''});
});
