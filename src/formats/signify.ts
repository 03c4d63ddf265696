import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';

/**
 * signify(1) of OpenBSD: Ed25519 keys and signatures as two lines of text, a comment and base64. The base64 holds (signify.c):
 * - public key: "Ed", 8 bytes of key number, 32 bytes of key
 * - secret key: "Ed", "BK", 4 bytes of KDF rounds (0: not encrypted), 16 of salt, 8 of SHA-512 checksum, key number, 64 of key
 * - signature: "Ed", key number, 64 bytes
 */
export interface PublicKey {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

export interface SecretKey {
  readonly id: string;
  /** Seed and public key, 64 bytes. */
  readonly bytes: Buffer;
}

const ALGORITHM = 'Ed';
const NUMBER_BYTES = 8;
const COMMENT = 'untrusted comment: ';
const SIZES = {'public key': 42, 'secret key': 104, signature: 74} as const;

export function generateKeys(): {publicKey: PublicKey; secretKey: SecretKey} {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({format: 'jwk'});
  const key = Buffer.from(jwk.x ?? '', 'base64url');
  const id = randomBytes(NUMBER_BYTES).toString('hex');
  const bytes = Buffer.concat([Buffer.from(jwk.d ?? '', 'base64url'), key]);
  return {publicKey: {id, bytes: key}, secretKey: {id, bytes}};
}

/** The public key as its file has it. */
export function formatPublicKey({id, bytes}: PublicKey): string {
  return text('leanos public key', [Buffer.from(ALGORITHM), Buffer.from(id, 'hex'), bytes]);
}

/** The secret key as its file has it, without a passphrase. */
export function formatSecretKey({id, bytes}: SecretKey): string {
  const checksum = createHash('sha512').update(bytes).digest().subarray(0, 8);
  const kdf = [Buffer.from('BK'), Buffer.alloc(4), Buffer.alloc(16)];
  return text('leanos secret key', [Buffer.from(ALGORITHM), ...kdf, checksum, Buffer.from(id, 'hex'), bytes]);
}

/** @throws Error that says what the text is not */
export function parsePublicKey(source: string): PublicKey {
  const data = decode(source, 'public key');
  return {id: data.subarray(2, 10).toString('hex'), bytes: data.subarray(10)};
}

/** The second line of a public key's file, which is how channels and pointers name a key. */
export function publicLine(key: PublicKey): string {
  return formatPublicKey(key).split('\n')[1] ?? '';
}

/** @throws Error that says what the line is not */
export function parsePublicLine(line: string): PublicKey {
  return parsePublicKey(`${COMMENT}key\n${line}\n`);
}

/** Whether a text is the second line of a public key's file, and nothing more. */
export function isPublicLine(line: string): boolean {
  try {
    return publicLine(parsePublicLine(line)) === line;
  } catch {
    return false;
  }
}

/** The public half of a secret key. */
export function publicHalf({id, bytes}: SecretKey): PublicKey {
  return {id, bytes: bytes.subarray(32)};
}

/** @throws Error also for a key with a passphrase, which is not supported */
export function parseSecretKey(source: string): SecretKey {
  const data = decode(source, 'secret key');
  if (data.readUInt32BE(4) !== 0)
    throw new Error('the secret key has a passphrase; one without is needed (signify -G -n)');
  const bytes = data.subarray(40);
  const checksum = createHash('sha512').update(bytes).digest().subarray(0, 8);
  if (!checksum.equals(data.subarray(24, 32))) throw new Error('the secret key is damaged');
  return {id: data.subarray(32, 40).toString('hex'), bytes};
}

/** A detached signature as its file has it. `keyName` is the public key's file, for people. */
export function signMessage(message: Uint8Array, key: SecretKey, keyName: string): string {
  const privateKey = createPrivateKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      d: key.bytes.subarray(0, 32).toString('base64url'),
      x: key.bytes.subarray(32).toString('base64url'),
    },
    format: 'jwk',
  });
  const parts = [Buffer.from(ALGORITHM), Buffer.from(key.id, 'hex'), sign(null, message, privateKey)];
  return text(`verify with ${keyName}`, parts);
}

/** A message behind its own signature, as `signify -S -e` makes it and `signify -V -e` reads it. */
export function signEmbedded(message: Uint8Array, key: SecretKey, keyName: string): Buffer {
  return Buffer.concat([Buffer.from(signMessage(message, key, keyName)), message]);
}

/** Whether a text is a detached signature of this key over the message. */
export function verifyMessage(message: Uint8Array, signature: string, key: PublicKey): boolean {
  const data = decoded(signature, 'signature');
  if (data === undefined || signatureKey(signature) !== key.id) return false;
  const publicKey = createPublicKey({
    key: {kty: 'OKP', crv: 'Ed25519', x: key.bytes.toString('base64url')},
    format: 'jwk',
  });
  return verify(null, message, publicKey, data.subarray(10));
}

/** The number of the key that a detached signature says it is by; `undefined` for what is no signature. */
export function signatureKey(signature: string): string | undefined {
  return decoded(signature, 'signature')?.subarray(2, 10).toString('hex');
}

/** The message of an embedded signature by one of the keys, or `undefined`. */
export function openEmbedded(file: Buffer, keys: readonly PublicKey[]): Buffer | undefined {
  const end = file.indexOf('\n', file.indexOf('\n') + 1) + 1;
  const signature = file.subarray(0, end).toString('latin1');
  const message = file.subarray(end);
  return keys.some((key) => verifyMessage(message, signature, key)) ? message : undefined;
}

function text(comment: string, parts: readonly Uint8Array[]): string {
  return `${COMMENT}${comment}\n${Buffer.concat(parts).toString('base64')}\n`;
}

function decode(source: string, what: keyof typeof SIZES): Buffer {
  const data = decoded(source, what);
  if (data !== undefined) return data;
  throw new Error(
    `this is no ${what} of signify: two lines are needed, "${COMMENT.trim()} …" and base64 of ${SIZES[what]} bytes`,
  );
}

function decoded(source: string, what: keyof typeof SIZES): Buffer | undefined {
  const [comment = '', base64 = ''] = source.split('\n');
  const data = Buffer.from(base64.trim(), 'base64');
  const isWhole = data.length === SIZES[what] && data.toString('latin1', 0, 2) === ALGORITHM;
  return isWhole && comment.startsWith(COMMENT) ? data : undefined;
}
