import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage, type BootOptions} from '../../src/vm/boot-image.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {makeElf, words} from '../support/elf-maker.ts';
import {readyOwn} from '../support/own-project.ts';
import {emulated, WITH_SVM, WITHOUT_SVM} from '../support/payload-machine.ts';
import {makeTender} from '../support/payloads.ts';
import {seeded} from '../support/ready-guest.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 120_000;
/** What says that an ELF is of Solo5's target hvt: include/elf_abi.h of Solo5. */
const HVT = makeElf({notes: [{owner: 'Solo5', type: 0x31494241, data: words(1, 2, 0, 0)}]});
const key = generateSshKey('test');
let guest: ReadyImage;

beforeAll(async () => {
  guest = await readyOwn(
    'extends: leanos/test\npayload: {file: unikernel, args: of the image, memory: 16MiB, files: [{file: solo5-hvt}]}\n',
    (folder) => {
      writeFileSync(join(folder, 'unikernel'), HVT);
      makeTender(join(folder, 'solo5-hvt'));
    },
  );
});
afterAll(() => guest[Symbol.asyncDispose]());

function machineWith(cpu: string): BootOptions {
  return {...seeded(guest, 'hvt', key), ...emulated(cpu), folder: temporary()};
}

test('where the machine has SVM, the tender has /dev/kvm, and a virtual machine runs', async () => {
  await using machine = await bootImage(guest.image, machineWith(WITH_SVM));
  await machine.waitForConsole(
    /tender: --mem=16 -- \/usr\/lib\/payload\/unikernel of the image\r?\ntender: inside\r?\n/,
    TIMEOUT_MS,
  );
  expect(machine.console).not.toMatch(/\/dev\/kvm|kvm_intel/); // which drives another processor's
});

test('where it has neither that nor VT-x, the machine says what does without', async () => {
  await using machine = await bootImage(guest.image, machineWith(WITHOUT_SVM));
  await machine.waitForConsole(
    /error: this machine shows no hardware virtualisation \(\/dev\/kvm\): build it as Solo5 spt, which needs none/,
    TIMEOUT_MS,
  );
  expect(machine.console).not.toMatch(/tender:|kvm_/);
});
