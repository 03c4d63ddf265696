import {expect, test} from 'vitest';
import {file} from '../../src/formats/file-tree.ts';
import {busyboxOnly, gapAfter} from '../../src/stages/boot/initramfs.ts';
import {makeElf} from '../support/elf-maker.ts';

test.each([0, 1, 2, 3, 4, 5])(
  'after an archive of %i bytes come four zeros at least, and the next one begins at a multiple of four',
  (bytes) => {
    const gap = gapAfter(Buffer.alloc(bytes, 1));
    expect(gap.subarray(0, 4)).toEqual(Buffer.alloc(4));
    expect(gap.every((byte) => byte === 0)).toBe(true);
    expect((bytes + gap.length) % 4).toBe(0);
  },
);

test('a BusyBox that needs a loader is refused: no kernel would find an init', () => {
  const busybox = makeElf({interpreter: '/lib/ld-musl-x86_64.so.1'});
  expect(() => busyboxOnly(new Map([['usr/bin/busybox', file(busybox, 0o755)]]), false)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('/lib/ld-musl-x86_64.so.1') as string,
      hint: expect.stringContaining('CONFIG_STATIC=y') as string,
    }),
  );
});

test('a BusyBox that is setuid, as Buildroot makes it, is not when it is handed over', () => {
  const tree = busyboxOnly(new Map([['usr/bin/busybox', file('program', 0o4755)]]), false);
  expect(tree.get('bin/busybox')).toMatchObject({mode: 0o755});
});
