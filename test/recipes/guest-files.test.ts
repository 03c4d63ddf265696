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

test('an image that runs containers has what that takes, and no other one has any of it', async () => {
  const identity = {version: '1.0.0', arch: ARCHITECTURES.aarch64};
  const textOf = async (name: string, path: string): Promise<string> => {
    const image = await loadImage(bothIn(CHECKOUT), name);
    return guestFiles(image, identity).find((file) => file.path === path)?.content ?? '';
  };
  const {packages} = await loadImage(bothIn(CHECKOUT), 'container');
  expect(packages.debian.map(({name}) => name)).toEqual(['crun', 'curl', 'ca-certificates', 'zstd']);
  expect(await textOf('container', 'etc/inittab')).toContain(
    '::once:/usr/lib/leanos/containers\n::shutdown:/usr/lib/leanos/stop-services\n',
  );
  expect(await textOf('container', 'etc/leanos-init/config')).toContain('OCI_ARCHITECTURE=arm64\n');
  expect(await textOf('container', 'usr/lib/leanos/container.json')).toContain('"args":"@args@"');
  for (const path of ['etc/inittab', 'etc/leanos-init/config', 'usr/lib/leanos/container.json'])
    expect(await textOf('test', path)).not.toMatch(/container|OCI/);
});
