import {expect, test} from 'vitest';
import {packageManager} from '../../src/build/package-managers.ts';

test.each([
  ['dnf', 'sudo dnf install edk2-ovmf qemu-system-x86-core'],
  ['pacman', 'sudo pacman -S --needed edk2-ovmf qemu-system-x86'],
  ['apk', 'sudo apk add ovmf qemu-system-x86_64'],
  ['zypper', 'sudo zypper install qemu-ovmf-x86_64 qemu-x86'],
  ['nix-shell', 'nix-shell --packages OVMF.fd qemu'],
  [
    'no-such-manager',
    'sudo apt-get update && sudo apt-get install --yes --no-install-recommends ovmf qemu-system-x86',
  ],
])('what a host with %s lacks is named as its own packages are', (program, command) => {
  const {install, names} = packageManager((name) => name === program);
  const packages = ['ovmf', 'qemu-system-x86'].map((name) => names[name] ?? name);
  expect(install(packages.sort().join(' '), 'sudo ')).toBe(command);
});
