import {randomBytes} from 'node:crypto';
import {deflateRawSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {isDense} from '../../src/stages/format/qcow2.ts';

const CLUSTER = 64 * 1024;
const RANDOM = randomBytes(CLUSTER);
const DIGITS = randomBytes(2 * CLUSTER).toString('hex');

test.each([
  {what: 'random bytes', data: RANDOM, dense: true},
  {what: 'what is compressed', data: deflateRawSync(DIGITS).subarray(0, CLUSTER), dense: true},
  {what: 'digits', data: Buffer.from(DIGITS).subarray(0, CLUSTER), dense: false},
  {what: 'the end of something', data: RANDOM.subarray(0, CLUSTER / 2), dense: false},
])('whether $what fill a cluster that is not worth compressing: $dense', ({data, dense}) => {
  expect(isDense(data)).toBe(dense);
});
