import {expect, test} from 'vitest';
import {
  formatPublicKey,
  formatSecretKey,
  generateKeys,
  openEmbedded,
  parsePublicKey,
  parseSecretKey,
  signEmbedded,
  signMessage,
  verifyMessage,
} from '../../src/formats/signify.ts';

const message = Buffer.from('hello\n');

test('keys are read as they were written', () => {
  const {publicKey, secretKey} = generateKeys();
  expect(parsePublicKey(formatPublicKey(publicKey))).toEqual(publicKey);
  expect(parseSecretKey(formatSecretKey(secretKey))).toEqual(secretKey);
});

test('a signature is by one key over one message', () => {
  const [mine, other] = [generateKeys(), generateKeys()];
  const signature = signMessage(message, mine.secretKey, 'mine.pub');
  expect(verifyMessage(message, signature, mine.publicKey)).toBe(true);
  expect(verifyMessage(Buffer.from('hellO\n'), signature, mine.publicKey)).toBe(false);
  expect(verifyMessage(message, signature, other.publicKey)).toBe(false);
  expect(verifyMessage(message, signature, {...other.publicKey, id: mine.publicKey.id})).toBe(false);
});

test('an embedded message comes out only for a key that signed it', () => {
  const [mine, other] = [generateKeys(), generateKeys()];
  const file = signEmbedded(message, mine.secretKey, 'mine.pub');
  expect(openEmbedded(file, [other.publicKey, mine.publicKey])).toEqual(message);
  expect(openEmbedded(file, [other.publicKey])).toBeUndefined();
  file[file.length - 1] = 0;
  expect(openEmbedded(file, [mine.publicKey])).toBeUndefined();
});

test.each([
  ['', /no public key of signify/],
  ['untrusted comment: x\nRWQ=\n', /no public key of signify/],
  [`comment: x\n${formatPublicKey(generateKeys().publicKey).split('\n')[1]}\n`, /no public key of signify/],
])('%j is no key', (text, message) => {
  expect(() => parsePublicKey(text)).toThrow(message);
});

test('a key with a passphrase, and one that is damaged, are told', () => {
  const [comment, base64 = ''] = formatSecretKey(generateKeys().secretKey).split('\n');
  const changed = (offset: number): string => {
    const bytes = Buffer.from(base64, 'base64');
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    return `${comment}\n${bytes.toString('base64')}\n`;
  };
  expect(() => parseSecretKey(changed(7))).toThrow(/has a passphrase/);
  expect(() => parseSecretKey(changed(60))).toThrow(/damaged/);
});
