import {expect, test} from 'vitest';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {guestFiles} from '../../src/recipes/guest-files.ts';
import {CHECKOUT} from '../support/built-image.ts';

test('PAM permits nobody by itself: what authenticates is preceded by a check, and another service is refused', async () => {
  const image = await loadImage(bothIn(CHECKOUT), 'test');
  const files = guestFiles(image, {version: '1.0.0', arch: 'x86_64'});
  const auth = (service: string): string[] =>
    (files.find(({path}) => path === `etc/pam.d/${service}`)?.content ?? '')
      .split('\n')
      .filter((line) => line.startsWith('auth '));
  expect(auth('doas')[0]).toMatch(
    /^auth requisite pam_exec\.so .*expose_authtok.* \/usr\/lib\/leanos\/check-password$/,
  );
  expect(auth('other')).toEqual(['auth required pam_deny.so']);
});
