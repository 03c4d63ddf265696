import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {CHECKOUT, LEANOS} from '../support/built-image.ts';

interface TestRecord {
  readonly results: readonly {readonly promise: string; readonly kept: boolean; readonly found: string}[];
}

test.each([
  ['cirros', 80],
  ['advanced', 6],
])('leanos test %s goes through what OpenStack runs inside of a guest', (image, least) => {
  const words = ['test', '--image', image, '--firmware', 'direct', '--json'];
  const {status, stdout, stderr} = spawnSync(LEANOS, words, {cwd: CHECKOUT, encoding: 'utf8'});
  const {results} = JSON.parse(stdout) as TestRecord;
  expect(results.filter(({kept}) => !kept)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(least);
  expect(status, stderr).toBe(0);
});
