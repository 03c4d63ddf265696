import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {hashFile} from '../../src/system/hash-file.ts';
import {copyDigested, copySparse, createSparse, PIECE_BYTES} from '../../src/system/sparse.ts';
import {temporary} from '../support/temporary.ts';

/** Zeros with a byte here and there, more than is read at once, and no whole number of clusters. */
const CONTENT = Buffer.alloc(3 * 2 ** 20 + 5);
for (const at of [0, PIECE_BYTES - 1, 2 ** 20, 2 ** 20 + 5 * PIECE_BYTES, CONTENT.length - 1])
  CONTENT[at] = 1;

test.each([
  ['copySparse', copySparse],
  ['copyDigested', copyDigested],
])('%s brings every byte, and takes no room for what is zero', async (_name, copy) => {
  const [from, to] = [join(temporary(), 'from'), join(temporary(), 'to')];
  writeFileSync(from, CONTENT);
  await copy(from, to);
  expect(readFileSync(to).equals(CONTENT)).toBe(true);
  expect(statSync(to).blocks * 512).toBeLessThan(8 * PIECE_BYTES);
});

test('a digest is of all that a file has, holes included', async () => {
  const [from, hole] = [join(temporary(), 'from'), join(temporary(), 'hole')];
  writeFileSync(from, CONTENT);
  await createSparse(hole, CONTENT.length);
  expect(await copyDigested(from, join(temporary(), 'to'))).toBe(sha256(CONTENT));
  expect(await copyDigested(hole, join(temporary(), 'to'))).toBe(sha256(Buffer.alloc(CONTENT.length)));
  expect(await hashFile(hole, from)).toBe(sha256(Buffer.concat([Buffer.alloc(CONTENT.length), CONTENT])));
});
