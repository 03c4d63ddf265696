import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {onText} from '../../src/system/on-text.ts';

test('a character that comes in two pieces is one', () => {
  const stream = new PassThrough();
  const heard: string[] = [];
  onText(stream, (text) => heard.push(text));
  for (const byte of Buffer.from('servi…tart')) stream.emit('data', Buffer.of(byte));
  expect(heard.join('')).toBe('servi…tart');
});
