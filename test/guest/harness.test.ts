import {expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';
import {fuzz} from '../support/fuzz.ts';

test('scripts run in the image’s own ash, and its applets need no PATH', async () => {
  const machine = await fakeMachine();
  const {stdout} = machine.ash('busybox | head -n 1; echo x | awk \'{ print $1 "y" }\'');
  expect(stdout).toMatch(/^BusyBox v1\.\d+[^]*\nxy\n$/);
});

test('what is no applet is not found on this host either', async () => {
  const machine = await fakeMachine();
  expect(machine.ash('node --version').status).toBe(127);
});

test('what a fuzzed parser writes beside its machine is a finding', async () => {
  const parser = {share: 1, name: 'stray', seeds: ['x'], each: ': >"$ROOT/../stray"'};
  expect(await fuzz(parser, 1, 1)).toMatchObject([{what: 'written outside: ../stray'}]);
});
