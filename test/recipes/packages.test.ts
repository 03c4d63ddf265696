import {expect, test} from 'vitest';
import {withDefaults} from '../../src/config/image-defaults.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {takenParts} from '../../src/recipes/packages.ts';

test('of what every image has a guest takes parts; of a package that the definition names all, or what it names of it', () => {
  const parts = takenParts(
    withDefaults('web', {packages: ['dropbear-bin', {name: 'opendoas', files: ['usr/bin', 'etc']}]}),
    ARCHITECTURES.aarch64,
  );
  expect(parts).toEqual({
    opendoas: ['usr/bin', 'etc'],
    'libpam-modules': ['deny', 'exec', 'permit'].map(
      (name) => `usr/lib/aarch64-linux-gnu/security/pam_${name}.so`,
    ),
  });
});
