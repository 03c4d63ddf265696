import {expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const LOCK = '. "$ROOT/usr/lib/leanos/lock.sh";';
const taken = (machine: FakeMachine): string =>
  machine.ash(`${LOCK} take_lock x && echo "taken$stale" || echo held`).stdout.trim();

test.each([
  ['a process that is gone', 'x.999999999.1', 'taken1'],
  ['another process that has its number now', 'x.1.1', 'taken1'],
  ['nobody: it is empty', 'x.', 'taken1'],
  ['somebody else’s words', 'x.a b.$(reboot)', 'taken1'],
])('a lock of %s holds nobody up', async (_, name, expected) => {
  const machine = await fakeMachine();
  machine.write(`run/leanos/locks/${name}`, '');
  expect(taken(machine)).toBe(expected);
  expect(machine.has(`run/leanos/locks/${name}`)).toBe(false);
});

test('a lock of a process that lives holds the others up, until it gives it back or ends', async () => {
  const machine = await fakeMachine();
  const holding = machine.run(`${LOCK} take_lock x; echo >"$ROOT/held"; sleep 3; give_lock x; sleep 3`);
  await expect.poll(() => machine.has('held'), {timeout: 20_000}).toBe(true);
  expect(taken(machine)).toBe('held');
  await expect.poll(() => taken(machine), {timeout: 20_000}).toBe('taken');
  expect(taken(machine)).toBe('taken1');
  await holding;
});

test('of many that want it at once never two have it', async () => {
  const machine = await fakeMachine();
  const turn = `${LOCK} n=0; until take_lock x; do n=$((n + 1)); [ $n -lt 400 ] || exit 1; sleep 0.0$(($$ % 90 + 10)); done
    mkdir "$ROOT/inside" || echo two >>"$ROOT/wrong"; sleep 0.05; rmdir "$ROOT/inside"; give_lock x`;
  await Promise.all(Array.from({length: 6}, () => machine.run(turn)));
  expect(machine.has('wrong')).toBe(false);
});

test.each([
  ['empty, as a power cut leaves it', 'mkdir $U/lock; : >$U/lock/pid'],
  ['of a process that lives', 'mkdir $U/lock; echo 1 >$U/lock/pid'],
  ['a file', ': >$U/lock'],
])('a lock on STATE of a version before this one, %s, is passed over and removed', async (_, command) => {
  const machine = await fakeMachine();
  machine.write('usr/lib/os-release', 'IMAGE_ID=test\nIMAGE_VERSION=1.0.0\nARCHITECTURE=x86_64\n');
  machine.ash(`U=$ROOT/var/lib/leanos/update; mkdir -p $U; ${command}`);
  const {stderr} = machine.ash('. "$ROOT/usr/sbin/leanos-update" check');
  expect(stderr).toContain('there is no update address');
  expect(machine.has('var/lib/leanos/update/lock')).toBe(false);
});
