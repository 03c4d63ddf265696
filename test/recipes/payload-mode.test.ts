import {describe, expect, test} from 'vitest';
import {payloadDefinition} from '../../src/config/payload.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {exitStatus, type LeanosError} from '../../src/core/error.ts';
import type {PayloadMode} from '../../src/formats/payload/modes.ts';
import {readPayload, type Payload} from '../../src/formats/payload/payload.ts';
import {bootMode} from '../../src/recipes/payload/boot.ts';
import {chooseMode, modeFormats, mustMeanSomething} from '../../src/recipes/payload/choose-mode.ts';
import type {ModeRecipe} from '../../src/recipes/payload/mode-recipe.ts';
import {FORMAT_NAMES} from '../../src/stages/format/image-formats.ts';
import {makeElf, words} from '../support/elf-maker.ts';

const RECIPE: ModeRecipe = {
  without: {},
  withoutFormat: () => undefined,
  refusal: () => undefined,
  definition: (image) => image,
  plan: () => {
    throw new Error('nothing is planned here');
  },
};
const ALL: Readonly<Record<PayloadMode, ModeRecipe>> = {boot: RECIPE, guest: RECIPE, xen: RECIPE};

const multiboot = words(0x1bad_b002, 0, -0x1bad_b002);
const PROGRAM = recognised(makeElf());
const MULTIBOOT = recognised(makeElf({bits: 32, machine: 3, head: multiboot}));
const PV32 = recognised(
  makeElf({bits: 32, machine: 3, notes: [{owner: 'Xen', type: 8, data: Buffer.from('generic\0')}]}),
);

function recognised(bytes: Buffer): Payload {
  const payload = readPayload(bytes);
  if (payload === undefined) throw new Error('this is no payload');
  return payload;
}

function choose(
  payload: Payload,
  wish: Parameters<typeof chooseMode>[0],
  more: object = {},
  arch = 'x86_64',
) {
  const found = {payload, arch: ARCHITECTURES[arch as 'x86_64'], wanted: payloadDefinition({})};
  return chooseMode(wish, found, 'web', {...ALL, ...more});
}

function refusal(work: () => unknown): LeanosError {
  try {
    work();
  } catch (error) {
    expect(exitStatus(error)).toBe(2);
    return error as LeanosError;
  }
  throw new Error('it was not refused');
}

test('auto is the first mode that can have the payload', () => {
  expect(choose(MULTIBOOT, 'auto').mode).toBe('boot');
  expect(choose(PROGRAM, 'auto').mode).toBe('guest');
});

test('a mode that was wished for is taken, or refused with its own reason and with what would do', () => {
  expect(choose(PROGRAM, 'guest').mode).toBe('guest');
  const {message, hint} = refusal(() => choose(PROGRAM, 'boot'));
  expect(message).toBe(
    'web (program (ELF)) cannot be had in mode boot\n  boot: it has no header for any bootloader',
  );
  expect(hint).toMatch(/^--payload-mode guest /);
});

test('where no mode can have it, each says why', () => {
  const {message, hint} = refusal(() => choose(PV32, 'auto'));
  expect(message.split('\n')).toEqual([
    'web (kernel (ELF or multiboot)) cannot be had in any mode',
    '  boot: it asks a hypervisor from its first step on',
    '  guest: it is a kernel and no program of Linux',
    '  xen: it is for 32-bit PV, which is gone from every current Xen',
  ]);
  expect(hint).toBeUndefined();
});

test('a mode that leanos lacks, or that refuses the architecture, is passed over and says so', () => {
  const refusing = {...RECIPE, refusal: () => 'not on a Friday'};
  expect(refusal(() => choose(PROGRAM, 'auto', {guest: refusing})).message).toContain(
    'guest: not on a Friday',
  );
  expect(refusal(() => choose(PROGRAM, 'auto', {guest: 'not yet'})).message).toContain('guest: not yet');
});

test('a payload for another processor is refused with the architecture that it is for', () => {
  const {message, hint} = refusal(() => choose(PROGRAM, 'auto', {}, 'aarch64'));
  expect(message).toBe('web is for x86_64, and the image is for aarch64');
  expect(hint).toMatch(/^--arch x86_64 /);
});

describe('keys that mean nothing in a mode', () => {
  const chosen = {
    mode: 'boot',
    recipe: {...RECIPE, without: {environment: 'there is nobody to set it'}},
  } as const;

  test('are refused where they are set', () => {
    const wanted = payloadDefinition({file: 'x', environment: {A: '1'}});
    expect(refusal(() => mustMeanSomething(chosen, wanted)).message).toBe(
      'payload.environment means nothing in mode boot: there is nobody to set it',
    );
  });

  test('are none where they are not', () => {
    expect(() => mustMeanSomething(chosen, payloadDefinition({file: 'x'}))).not.toThrow();
  });
});

describe('mode boot', () => {
  const chosen = {mode: 'boot', recipe: bootMode} as const;
  const found = (
    payload: Payload,
    wanted: Parameters<typeof payloadDefinition>[0] = {},
    arch = 'x86_64',
  ) => ({
    payload,
    arch: ARCHITECTURES[arch as 'x86_64'],
    wanted: payloadDefinition(wanted),
  });
  const linux = Buffer.alloc(0x300);
  linux.write('HdrS', 0x202);

  test('takes disks, and leaves out with "all" what is made of a Linux', () => {
    const all = modeFormats(FORMAT_NAMES, chosen, {all: true});
    expect(all).toEqual(
      expect.arrayContaining(['qcow2', 'raw', 'vmdk', 'ova', 'vhd', 'gce', 'containerdisk']),
    );
    for (const name of [
      'oci',
      'lxc',
      'incus',
      'pxe',
      'uec',
      'iso',
      'unified',
      'firecracker',
      'vagrant-libvirt',
    ] as const)
      expect(all).not.toContain(name);
  });

  test('refuses a format by its name with what it is made of', () => {
    expect(refusal(() => modeFormats(['qcow2', 'oci'], chosen, {all: false})).message).toBe(
      'format oci cannot be had in mode boot: it is made of rootfsArchive, which an image without Linux does not have',
    );
  });

  test('refuses quotes that GRUB would change, where nothing can tell the payload otherwise', () => {
    expect(bootMode.refusal(found(recognised(linux), {args: 'a=b c'}))).toBeUndefined();
    expect(bootMode.refusal(found(recognised(linux), {args: 'a="b c"'}))).toMatch(/^GRUB puts a backslash /);
    expect(bootMode.refusal(found(MULTIBOOT, {args: 'a="b c"'}))).toBeUndefined();
  });
});
