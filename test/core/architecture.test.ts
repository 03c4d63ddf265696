import {expect, test} from 'vitest';
import {ARCHITECTURES, architectureNames, diskFirmwares} from '../../src/core/architecture.ts';

test.each(architectureNames())('a disk of %s is started by a firmware, or it is said why by none', (name) => {
  const arch = ARCHITECTURES[name];
  expect(diskFirmwares(arch).length === 0).toBe(arch.noDiskBoot !== undefined);
});

test('the usual firmware of each architecture comes first', () => {
  expect(diskFirmwares(ARCHITECTURES.x86_64)).toEqual(['bios', 'uefi']);
  expect(diskFirmwares(ARCHITECTURES.ppc64le)).toEqual(['openfirmware']);
  expect(diskFirmwares(ARCHITECTURES.s390x)).toEqual([]);
});
