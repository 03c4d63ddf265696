import {expect, test} from 'vitest';
import type {Channel} from '../../src/config/channel.ts';
import {judgePromotion} from '../../src/release/promotion.ts';
import type {ReleaseRecord} from '../../src/release/record.ts';

const USR = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const NOW = Date.parse('2026-11-21T12:00:00Z');

function channel(name: string, more: Partial<Channel> = {}): Channel {
  return {
    name,
    description: name,
    images: {test: ['x86_64', 'aarch64']},
    url: undefined,
    expiryDays: 30,
    keys: [],
    gates: {tests: true, soakDays: 3},
    rollout: 100,
    current: {version: '4890.0.0', since: '2026-11-18T12:00:00Z'},
    history: [],
    ...more,
  };
}

const tests = {usr: USR, passed: 50, failed: 0, accelerator: 'tcg', at: '2026-11-18T13:00:00Z'};
const built = {digests: {usr: USR}, tests};
const record: ReleaseRecord = {
  version: '4890.0.0',
  commit: 'c'.repeat(40),
  epoch: 0,
  images: {'test-x86_64': built, 'test-aarch64': built},
};
const beta = channel('beta', {current: {version: '4880.0.1', since: '2026-11-01T00:00:00Z'}});

function reasons(facts: Partial<Parameters<typeof judgePromotion>[0]>): string[] {
  const found = judgePromotion({from: channel('alpha'), to: beta, record, nowMs: NOW, ...facts});
  for (const {help} of found) expect(help).not.toBe('');
  return found.map(({reason}) => reason);
}

test('what was tested and has soaked may go on', () => {
  expect(reasons({})).toEqual([]);
  expect(reasons({to: channel('beta', {current: undefined})})).toEqual([]);
});

test.each<[string, Parameters<typeof reasons>[0], RegExp]>([
  ['skips a channel', {to: channel('stable')}, /^alpha to stable skips beta$/],
  ['goes back a channel', {from: beta, to: channel('alpha')}, /^beta to alpha goes back$/],
  ['stays where it is', {from: beta}, /^beta to beta goes back$/],
  ['has nothing to move', {from: channel('alpha', {current: undefined})}, /points to no release$/],
  ['has no record', {record: undefined}, /releases\/4890\.0\.0\/release\.json is not there/],
  [
    'goes back in version',
    {to: channel('beta', {current: {version: '4890.0.1', since: '2026-11-01T00:00:00Z'}})},
    /beta points to 4890\.0\.1, and 4890\.0\.0 is older/,
  ],
  ['is there already', {to: channel('beta')}, /beta points to 4890\.0\.0 already/],
  ['lacks an architecture', {record: {...record, images: {'test-x86_64': built}}}, /has no test-aarch64/],
  [
    'is untested on an architecture',
    {record: {...record, images: {...record.images, 'test-aarch64': {digests: {usr: USR}}}}},
    /^4890\.0\.0 was not tested as test-aarch64$/,
  ],
  [
    'did not pass',
    {
      record: {
        ...record,
        images: {...record.images, 'test-x86_64': {...built, tests: {...tests, failed: 2}}},
      },
    },
    /did not pass its test as test-x86_64: 2 promises/,
  ],
  [
    'was tested with other bytes',
    {
      record: {
        ...record,
        images: {...record.images, 'test-x86_64': {...built, tests: {...tests, usr: OTHER}}},
      },
    },
    /other bytes than 4890\.0\.0's were tested/,
  ],
  ['has not soaked', {nowMs: NOW - 1}, /was on alpha for 2 of the 3 days that beta asks for/],
])('what %s is refused, and the reason is said', (_, facts, reason) => {
  expect(reasons(facts)).toEqual([expect.stringMatching(reason)]);
});

test('all reasons are said at once', () => {
  expect(reasons({record: {...record, images: {}}, nowMs: NOW - 1})).toHaveLength(3);
});
