import {expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';

test('scripts run in the image’s own ash, and its applets need no PATH', async () => {
  const machine = await fakeMachine();
  const {stdout} = machine.ash('busybox | head -n 1; echo x | awk \'{ print $1 "y" }\'');
  expect(stdout).toMatch(/^BusyBox v1\.\d+[^]*\nxy\n$/);
});

test('what is no applet is not found on this host either', async () => {
  const machine = await fakeMachine();
  expect(machine.ash('node --version').status).toBe(127);
});
