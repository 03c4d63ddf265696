import {expect, test} from 'vitest';
import {pointedTo, withState} from '../../src/release/channel-file.ts';

const POLICY = '# ours\ndescription: x # said\ngates: {soakDays: 3}\n';

test('what people wrote stays as it is, what commands wrote is replaced', () => {
  const empty = {rollout: 100, current: undefined, history: []};
  const first = pointedTo(empty, '4890.0.0', '2026-11-20T00:00:00Z');
  const second = pointedTo({...first, rollout: 10}, '4891.0.0', '2026-11-21T00:00:00Z');
  const text = withState(withState(POLICY, first), second);
  expect(text.startsWith(POLICY)).toBe(true);
  expect(text.match(/Below: written/g)).toHaveLength(1);
  expect(second).toEqual({
    rollout: 100,
    current: {version: '4891.0.0', since: '2026-11-21T00:00:00Z'},
    history: [{version: '4890.0.0', since: '2026-11-20T00:00:00Z'}],
  });
});
