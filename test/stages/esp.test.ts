import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {esp} from '../../src/stages/boot/esp.ts';
import {recordRun} from '../support/record-run.ts';
import {runFolder} from '../support/temporary.ts';

/** Makes an ESP of a kernel of so many bytes, and gives the commands that did it. */
function made(bytes: number, kernelBytes: number) {
  const inputs = runFolder();
  const out = runFolder();
  writeFileSync(join(inputs, 'vmlinuz'), Buffer.alloc(kernelBytes));
  writeFileSync(join(inputs, 'initramfs'), 'initramfs');
  const {run, commands} = recordRun();
  const options = {
    bytes,
    volumeId: '01234567',
    efiFile: 'BOOTX64.EFI',
    grubConfig: '',
    slot: 'A',
    commandLine: '',
  };
  const building = esp.build({
    options,
    inputs: {kernel: inputs, initramfs: inputs, grub: inputs, usr: inputs},
    out,
    run,
  } as unknown as Parameters<typeof esp.build>[0]);
  return {out, commands, building};
}

test('files come into the ESP in one order, whatever file system holds them before', async () => {
  const {out, commands, building} = made(4 * 2 ** 20, 100);
  await building;
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

test('an ESP that holds one slot and not two is refused, before anything is made', async () => {
  const {commands, building} = made(6 * 2 ** 20, 3 * 2 ** 20);
  await expect(building).rejects.toThrow(
    /the ESP has 6 MiB, and two slots of this kernel and initramfs need 8/,
  );
  await expect(building).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    hint: 'disk: {esp: 9MiB}     in the image definition makes room for an update',
  });
  expect(commands).toEqual([]);
});
