import {describe, expect, test} from 'vitest';
import {withChoice, type BuildChoice} from '../../src/build/choice.ts';
import {mustHaveDisk} from '../../src/build/image-value.ts';
import {withDefaults} from '../../src/config/image-defaults.ts';
import {ARCHITECTURES, architectureNames, type ArchitectureName} from '../../src/core/architecture.ts';
import {FORMAT_NAMES, isFormatFor} from '../../src/stages/format/image-formats.ts';

function chosen(arch: ArchitectureName, formats?: BuildChoice['formats'], own?: 'ova') {
  const image = withDefaults('mine', own === undefined ? {} : {formats: [own]});
  const choice = {channel: 'alpha', image: 'mine', arch, formats, out: 'out', locked: false};
  return withChoice(image, choice).formats;
}

describe('the formats of an image', () => {
  test.each(architectureNames())('that are all for %s are those with takers', (arch) => {
    expect(chosen(arch, 'all')).toEqual(FORMAT_NAMES.filter((name) => isFormatFor(name, arch)));
    expect(chosen(arch, 'all')[0]).toBe('qcow2'); // what is booted here
  });

  test('are those of the definition where none are asked for, and each is made once', () => {
    expect(chosen('x86_64', undefined, 'ova')).toEqual(['ova']);
    expect(chosen('x86_64', ['raw', 'qcow2', 'raw'])).toEqual(['raw', 'qcow2']);
  });

  test('that nobody takes for an architecture are refused, asked for or in the definition', () => {
    const message = 'format ova is not for riscv64; it is for x86_64, i386, aarch64';
    expect(() => chosen('riscv64', ['qcow2', 'ova'])).toThrow(message);
    expect(() => chosen('riscv64', undefined, 'ova')).toThrow(message);
  });
});

test('an image is booted here from a format that QEMU boots from; without one it says which do', () => {
  const request = (formats: readonly ('ova' | 'vhd')[]) =>
    ({image: {formats}, arch: ARCHITECTURES.x86_64}) as never;
  expect(() => {
    mustHaveDisk(request(['ova', 'vhd']));
  }).not.toThrow();
  expect(() => {
    mustHaveDisk(request(['ova']));
  }).toThrow(
    expect.objectContaining({
      message: 'none of the formats of the image is a disk that QEMU boots',
      hint: expect.stringContaining('one of qcow2, raw, vmdk, vhd, vhdx') as string,
    }),
  );
});
