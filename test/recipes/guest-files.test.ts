import {expect, test} from 'vitest';
import {loadImage} from '../../src/config/load-image.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {bothIn} from '../../src/config/places.ts';
import {guestFiles} from '../../src/recipes/guest-files.ts';
import {CHECKOUT} from '../support/built-image.ts';

test('PAM permits nobody by itself: what authenticates is preceded by a check, and another service is refused', async () => {
  const image = await loadImage(bothIn(CHECKOUT), 'test');
  const files = guestFiles(image, {version: '1.0.0', arch: ARCHITECTURES.x86_64});
  const auth = (service: string): string[] =>
    (files.find(({path}) => path === `etc/pam.d/${service}`)?.content ?? '')
      .split('\n')
      .filter((line) => line.startsWith('auth '));
  expect(auth('doas')[0]).toMatch(
    /^auth requisite pam_exec\.so .*expose_authtok.* \/usr\/lib\/leanos\/check-password$/,
  );
  expect(auth('other')).toEqual(['auth required pam_deny.so']);
});

test.each([
  ['x86_64', '/sbin/reboot'],
  ['s390x', '/sbin/poweroff'], // its kernel makes ctrl-alt-del of the power button
] as const)('on %s ctrl-alt-del is %s', async (arch, command) => {
  const image = await loadImage(bothIn(CHECKOUT), 'test');
  const files = guestFiles(image, {version: '1.0.0', arch: ARCHITECTURES[arch]});
  expect(files.find(({path}) => path === 'etc/inittab')?.content).toContain(`::ctrlaltdel:${command}\n`);
});
