import {expect, test} from 'vitest';
import {mayHave, rolloutBucket} from '../../src/release/rollout.ts';

const machines = Array.from({length: 2000}, (_, index) => `machine-${index}`);

test('raising the share takes a version from nobody', () => {
  let before = new Set<string>();
  for (const percent of [0, 0.5, 1, 10, 33.33, 50, 99.99, 100]) {
    const now = new Set(machines.filter((machine) => mayHave(machine, '4891.0.0', percent)));
    expect([...before].filter((machine) => !now.has(machine))).toEqual([]);
    before = now;
  }
  expect(before.size).toBe(machines.length);
});

test('nobody has it at 0, and the first machines are others for another version', () => {
  expect(machines.some((machine) => mayHave(machine, '4891.0.0', 0))).toBe(false);
  const first = (version: string): string[] => machines.filter((machine) => mayHave(machine, version, 5));
  expect(first('4892.0.0')).not.toEqual(first('4891.0.0'));
});

test('the place of a machine is what sha256sum and the shell find', () => {
  // printf 'machine-1 4891.0.0\n' | sha256sum | cut -c1-8
  expect(rolloutBucket('machine-1', '4891.0.0')).toBe(0x58d0d756 % 10000);
});
