import {expect, test} from 'vitest';
import {bzImagePayload} from '../../src/formats/bzimage.ts';

/** A kernel of two sectors of setup and a payload 16 bytes behind them. */
function kernel(payload: string): Buffer {
  const image = Buffer.alloc(4096);
  image.writeUInt8(1, 0x1f1);
  image.write('HdrS', 0x202);
  image.writeUInt32LE(16, 0x248);
  image.writeUInt32LE(payload.length / 2, 0x24c);
  image.write(payload, 1024 + 16, 'hex');
  return image;
}

test.each([
  ['28b52ffd' + '01020304' + 'aaaaaaaa', 'zstd', '28b52ffd01020304'],
  ['1f8b' + '0102', 'gzip', '1f8b0102'], // gzip has its size in its own trailer
])('%s is what is packed', (payload, format, data) => {
  const found = bzImagePayload(kernel(payload));
  expect([found?.format, found?.data.toString('hex')]).toEqual([format, data]);
});

test('what is no kernel, or packed otherwise, has none', () => {
  expect(bzImagePayload(Buffer.alloc(4096))).toBeUndefined();
  expect(bzImagePayload(Buffer.from('HdrS'))).toBeUndefined();
  expect(bzImagePayload(kernel('00112233'))).toBeUndefined();
});
