import {readdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

const SCRIPTS = join(CHECKOUT, 'init-scripts/services/usr/lib/leanos');

/** A machine with a service that has a timer. Its orders are written down; its clock is what `now` says. */
async function timerMachine(timer: string): Promise<FakeMachine> {
  const machine = await fakeMachine();
  for (const name of readdirSync(SCRIPTS))
    symlinkSync(join(SCRIPTS, name), join(machine.root, 'usr/lib/leanos', name));
  machine.write('etc/leanos-init/services/job', `COMMAND=job TIMER='${timer}'\n`);
  machine.write('run/leanos/services/job/.keep', '');
  machine.write('proc/uptime', '0.5 1\n');
  return machine;
}

/** What a look at the clock does: how often the job is told to start, and after how many seconds somebody looks again. */
function looks(machine: FakeMachine, clock: string, before = ''): {orders: number; wait: number} {
  machine.write('orders', '');
  const {stdout, stderr} = machine.ash(
    `for library in system services timers; do . "$ROOT/usr/lib/leanos/$library.sh"; done
    order() { echo "$1" >>"$ROOT/orders"; }
    date() { if [ "$1" = -d ]; then command date "$@"; else command date -d "${clock}" "$@"; fi; }
    export TZ=\${TZ:-UTC}
    ${before}
    look_at_clock; run_due; echo "$wait"`,
  );
  expect(stderr).toBe('');
  return {orders: machine.read('orders').split('\n').length - 1, wait: Number(stdout)};
}

test('every: at once, and then after each while of the clock that nobody sets; what passed is passed over', async () => {
  const machine = await timerMachine('every 300');
  const at = (seconds: number, clock = '2026-11-27 10:00:00'): ReturnType<typeof looks> => {
    machine.write('proc/uptime', `${seconds}.25 1\n`);
    return looks(machine, clock);
  };
  expect(at(20)).toEqual({orders: 1, wait: 60});
  expect(at(80, '2031-01-01 00:00:00')).toEqual({orders: 0, wait: 60});
  expect(at(310)).toEqual({orders: 0, wait: 10});
  expect(at(320)).toEqual({orders: 1, wait: 60});
  expect(at(1400)).toEqual({orders: 1, wait: 60});
  expect(at(1515)).toEqual({orders: 0, wait: 5});
});

test('a timer whose service nobody supervises yet is tried again soon', async () => {
  const machine = await timerMachine('every 300');
  expect(looks(machine, '2026-11-27 10:00:00', 'order() { return 1; }').wait).toBe(1);
  expect(looks(machine, '2026-11-27 10:00:01').orders).toBe(1);
});

test('at: once for each time of the day, and never at the first boot', async () => {
  const machine = await timerMachine('at 0300 1530');
  expect(looks(machine, '2026-11-27 10:00:20')).toEqual({orders: 0, wait: 40});
  expect(looks(machine, '2026-11-27 15:29:59')).toEqual({orders: 0, wait: 1});
  expect(looks(machine, '2026-11-27 15:30:00')).toEqual({orders: 1, wait: 60});
  expect(looks(machine, '2026-11-27 15:30:00').orders).toBe(0);
  expect(looks(machine, '2026-11-28 02:59:08').orders).toBe(0);
  expect(looks(machine, '2026-11-28 03:00:00').orders).toBe(1);
});

test('a time that was missed is made up for once, at the next start', async () => {
  const machine = await timerMachine('at 0300');
  expect(looks(machine, '2026-11-27 10:00:00').orders).toBe(0);
  machine.ash('rm -r "$ROOT/run/leanos/services/job"; mkdir "$ROOT/run/leanos/services/job"');
  expect(looks(machine, '2026-12-04 09:08:09').orders).toBe(1);
  expect(looks(machine, '2026-12-04 09:09:10').orders).toBe(0);
});

test.each<[string, string, string, number]>([
  ['leaps forward over it', '2026-11-27 02:00:00', '2026-11-27 05:00:00', 1],
  ['goes back over it', '2026-11-27 03:00:30', '2026-11-27 02:59:30', 0],
  ['goes back by a night and more', '2026-11-29 12:00:00', '2026-11-28 12:00:00', 0],
])('a clock that %s', async (_what, first, then, orders) => {
  const machine = await timerMachine('at 0300');
  looks(machine, first);
  expect(looks(machine, then).orders).toBe(orders);
});

test('a clock that was wrong by years and is right now does not end the timer', async () => {
  const machine = await timerMachine('at 0300');
  looks(machine, '2040-01-01 12:00:00');
  expect(looks(machine, '2026-11-27 12:00:00').orders).toBe(0);
  expect(looks(machine, '2026-11-28 03:00:00').orders).toBe(1);
});

test('a day that has 25 hours has the time once', async () => {
  const machine = await timerMachine('at 0230');
  const zone = 'TZ=CET-1CEST,M3.5.0,M10.5.0/3;';
  looks(machine, '2026-10-24 12:00:00', zone);
  const orders = ['@1792888200', '@1792890000', '@1792891800', '@1792895400'].map(
    (clock) => looks(machine, clock, zone).orders,
  );
  expect(orders.reduce((sum, each) => sum + each)).toBe(1);
});

test('a state partition that takes nothing brings nothing twice', async () => {
  const machine = await timerMachine('at 0300');
  machine.write('var/lib/leanos/timers', 'no folder');
  looks(machine, '2026-11-27 02:00:00');
  expect(looks(machine, '2026-11-27 03:00:00').orders).toBe(1);
  expect(looks(machine, '2026-11-27 03:01:00').orders).toBe(0);
});
