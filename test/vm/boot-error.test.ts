import {expect, test} from 'vitest';
import {BootError} from '../../src/vm/boot-error.ts';

function consoleOf(said: readonly string[]): readonly string[] {
  return new BootError('x', {reached: 'kernel', said: said.join('\n'), command: 'qemu', log: 'log'}).console;
}

const PANIC = '[    5.100000] Kernel panic - not syncing: Attempted to kill init!';
const lines = (count: number): string[] => Array.from({length: count}, (_, i) => `[    5.2]  line ${i}`);

test('an error shows the last 40 lines', () => {
  expect(consoleOf(lines(50))).toEqual(lines(50).slice(10));
});

test('an error shows a panic from its first line, however deep the stack after it', () => {
  expect(consoleOf([...lines(50), PANIC, ...lines(60)])).toEqual([PANIC, ...lines(60)]);
});

test('an error shows at most 120 lines', () => {
  expect(consoleOf([PANIC, ...lines(500)])).toEqual(lines(500).slice(380));
});
