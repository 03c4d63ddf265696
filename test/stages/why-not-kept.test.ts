import {expect, test} from 'vitest';
import {answerTo} from '../../src/stages/buildroot/why-not-kept.ts';

test.each([
  '  BR2_PACKAGE_HTOP: it depends on !BR2_STATIC_LIBS',
  '  BR2_PACKAGE_LVM2: it depends on BR2_USE_WCHAR, !BR2_STATIC_LIBS',
  '  BR2_PIC_PIE: it depends on BR2_SHARED_LIBS',
])('the key that makes shared libraries answers: %s', (reason) => {
  expect(answerTo(['  BR2_PACKAGE_SYSTEMD: it depends on BR2_INIT_SYSTEMD', reason])).toMatch(
    /^buildroot: \{linking: shared\} {5}makes/,
  );
});

test.each([
  '  BR2_PACKAGE_SYSTEMD: it depends on BR2_INIT_SYSTEMD',
  '  BR2_X: it depends on BR2_STATIC_LIBS',
  '  BR2_X: it depends on BR2_SHARED_LIBS_X',
])('it does not answer: %s', (reason) => {
  expect(answerTo([reason])).toBeUndefined();
});
