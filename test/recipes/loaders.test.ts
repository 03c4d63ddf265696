import {expect, test} from 'vitest';
import type {BootOffer} from '../../src/formats/payload/modes.ts';
import {isPlain, payloadCommandLine, startCommands} from '../../src/recipes/payload/loaders.ts';
import type {PayloadRequest} from '../../src/recipes/payload/payload-request.ts';

function asked(
  name: string,
  args: string,
  files: readonly {name: string; args: string}[] = [],
): PayloadRequest {
  return {file: {name}, wanted: {args}, files} as unknown as PayloadRequest;
}

const offer = (loader: BootOffer['loader'], isNamed = false) => ({loader, isNamed}) as BootOffer;

test.each([
  ['a b', true],
  ['', true],
  ['a  b', false],
  [' a', false],
  ['a "b"', false],
  ["a 'b'", false],
  ['a\\b', false],
])('%j reaches a payload through GRUB as it is: %s', (args, plain) => {
  expect(isPlain(args)).toBe(plain);
});

test('a payload is named where QEMU names it, and by its own name where that reads the same everywhere', () => {
  expect(payloadCommandLine(offer('multiboot', true), asked('web.virtio', 'a b'))).toBe('web.virtio a b');
  expect(payloadCommandLine(offer('multiboot', true), asked('my web', 'a'))).toBe('payload a');
  expect(payloadCommandLine(offer('linux'), asked('web', 'a'))).toBe('a');
});

test("GRUB's words mean nothing but themselves", () => {
  expect(startCommands(offer('multiboot', true), asked('web', '$x ; reboot'))).toBe(
    "if multiboot /$slot/payload 'web' '$x' ';' 'reboot'; then if echo 'leanos: starting web'; then boot; fi; fi;\n",
  );
});

test('an EFI program is told all in one word, modules have their own arguments, and Linux takes all files at once', () => {
  const files = [
    {name: 'a.json', args: 'x y'},
    {name: 'b', args: ''},
  ];
  expect(startCommands(offer('chainloader'), asked('web', 'it\'s "a"  b'))).toContain(
    `if chainloader /$slot/payload 'it'\\''s "a"  b'; then`,
  );
  expect(startCommands(offer('multiboot2'), asked('web', '', files))).toContain(
    "if module2 /$slot/file-0 'a.json' 'x' 'y'; then if module2 /$slot/file-1 'b'; then",
  );
  expect(startCommands(offer('linux'), asked('web', '', files))).toContain(
    'if initrd /$slot/file-0 /$slot/file-1; then',
  );
});
