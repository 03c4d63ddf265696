import {PassThrough} from 'node:stream';
import {stripVTControlCharacters} from 'node:util';
import {expect, test} from 'vitest';
import {LiveConsole} from '../../src/console/live.ts';
import {plainConsole} from '../../src/console/plain.ts';
import type {BuildEvent} from '../../src/pipeline/events.ts';
import {Plan, type Step} from '../../src/pipeline/plan.ts';
import {defineStage} from '../../src/pipeline/stage.ts';

const step = (name: string): Step =>
  new Plan(0).add(
    defineStage<Record<string, never>, never>({
      name,
      revision: 1,
      tools: [],
      inputs: [],
      build: () => Promise.resolve(),
    }),
    {},
    {},
  );
const [USR, ESP, DISK] = [step('usr'), step('esp'), step('disk')];

const BUILD: readonly BuildEvent[] = [
  {type: 'planned', steps: [USR, ESP, DISK]},
  {type: 'reused', step: USR},
  {type: 'started', step: ESP},
  {type: 'started', step: DISK},
  {type: 'progress', step: DISK, text: '3 of 9'},
  {type: 'built', step: ESP, seconds: 1.25},
  {type: 'warning', text: 'the mirror is slow'},
];

/** What was drawn on a terminal, without the sequences that move its cursor. */
function drawn(events: readonly BuildEvent[]): {readonly text: string; readonly afterwards: string} {
  const stream = Object.assign(new PassThrough(), {isTTY: true, columns: 80, rows: 24});
  const read = (): string => stripVTControlCharacters(String(stream.read() ?? ''));
  const live = new LiveConsole(stream);
  for (const event of events) live.report(event);
  const text = read();
  live[Symbol.dispose]();
  return {text, afterwards: read()};
}

test('a terminal shows the stages at work, how far they are, and how many are done', () => {
  const {text, afterwards} = drawn(BUILD);
  const last = text.slice(text.lastIndexOf('warning:')).split('\n');
  expect(last).toEqual([
    'warning: the mirror is slow',
    expect.stringMatching(/^ {2}\S disk {2}\d+\.\d s {2}3 of 9$/),
    '  2 of 3 stages',
    '',
  ]);
  expect(text).toContain('  + esp  1.3 s\n');
  expect(afterwards).toBe('');
});

test('several steps of one stage are told apart', () => {
  const stage = defineStage<{folder: string}, never>({
    name: 'source-tree',
    revision: 1,
    tools: [],
    inputs: [],
    detail: ({folder}) => folder,
    build: () => Promise.resolve(),
  });
  const lines: string[] = [];
  const report = plainConsole((line) => lines.push(line));
  for (const folder of ['boot', 'rootfs'])
    report({type: 'reused', step: new Plan(0).add(stage, {folder}, {})});
  expect(lines).toEqual(['  = source-tree boot\n', '  = source-tree rootfs\n']);
});

test('a stage that failed is at work no more', () => {
  const {text} = drawn([...BUILD, {type: 'failed', step: DISK, error: new Error('no')}]);
  expect(text.slice(text.lastIndexOf('  ! disk')).split('\n')).toEqual(['  ! disk', '  2 of 3 stages', '']);
});

test('what is no terminal gets a line for what happened, none for what begins', () => {
  const lines: string[] = [];
  BUILD.forEach(plainConsole((line) => lines.push(line)));
  expect(lines).toEqual([
    '  = usr\n',
    '  … disk: 3 of 9\n',
    '  + esp  1.3 s\n',
    'warning: the mirror is slow\n',
  ]);
});
