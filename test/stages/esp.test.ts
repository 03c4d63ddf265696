import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {esp} from '../../src/stages/boot/esp.ts';
import {recordRun} from '../support/record-run.ts';
import {runFolder} from '../support/temporary.ts';

test('files come into the ESP in one order, whatever file system holds them before', async () => {
  const inputs = runFolder();
  const out = runFolder();
  for (const name of ['vmlinuz', 'initramfs']) writeFileSync(join(inputs, name), name);
  const {run, commands} = recordRun();
  await esp.build({
    options: {
      bytes: 1024,
      volumeId: '01234567',
      efiFile: 'BOOTX64.EFI',
      grubConfig: '',
      slot: 'A',
      commandLine: '',
    },
    inputs: {kernel: inputs, initramfs: inputs, grub: inputs, usr: inputs},
    out,
    run,
  } as unknown as Parameters<typeof esp.build>[0]);
  const short = commands.map((argv) =>
    argv.join(' ').replaceAll(`${out}/.content/`, '').replaceAll(`${out}/`, ''),
  );
  expect(short.slice(1)).toEqual([
    'mmd -i esp.img ::/EFI ::/EFI/BOOT ::/grub ::/A',
    'mcopy -i esp.img -Q EFI/BOOT/BOOTX64.EFI ::/EFI/BOOT',
    'mcopy -i esp.img -Q grub/grub.cfg grub/state-1 grub/state-2 ::/grub',
    'mcopy -i esp.img -Q A/kernel A/initramfs A/slot.cfg A/sha256 ::/A',
  ]);
});
