import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {encodeCpio} from '../../src/formats/cpio.ts';
import {partition, diskLayout, SECTOR_BYTES} from '../../src/formats/disk-layout.ts';
import {file} from '../../src/formats/file-tree.ts';
import {createSparse} from '../../src/system/sparse.ts';
import {BootError} from '../../src/vm/boot-error.ts';
import {bootImage, type BootableImage, type BootOptions} from '../../src/vm/boot-image.ts';
import {awaitBanner} from '../../src/vm/login.ts';
import type {Machine} from '../../src/vm/machine.ts';
import {artifactPath} from '../support/built-image.ts';
import {ready} from '../support/ready-guest.ts';
import {temporary} from '../support/temporary.ts';

/** Far longer than a machine needs that ends every wait at once. */
const TIMEOUT_MS = 120_000;

let guest: ReadyImage;
beforeAll(async () => (guest = await ready('test')));
afterAll(() => guest[Symbol.asyncDispose]());

function boot(image: Partial<BootableImage>, options: Partial<BootOptions> = {}): Promise<Machine> {
  const {accelerator, run} = guest;
  const common = {memoryMib: 256, accelerator, run, folder: temporary()};
  return bootImage({...guest.image, ...image}, {...common, firmware: 'bios', ...options});
}

/** A guest of the image's kernel and modules that runs this shell program as its first. */
function bootInit(program: string, kernelWords = ''): Promise<Machine> {
  const own = encodeCpio(new Map([['init', file(`#!/bin/sh\n${program}\n`, 0o755)]]), 0);
  const slot = readFileSync(artifactPath('slot-initramfs'));
  const initramfs = join(temporary(), 'initramfs');
  writeFileSync(initramfs, Buffer.concat([slot, Buffer.alloc(-slot.length & 3), own]));
  return boot({initramfs}, {firmware: 'direct', kernelWords});
}

/** How a wait for ssh ends. */
async function failure(machine: Machine, timeoutMs = TIMEOUT_MS): Promise<BootError> {
  const error: unknown = await awaitBanner(machine, {timeoutMs}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BootError)) throw new Error(`no BootError: ${String(error)}`);
  expect(existsSync(error.log)).toBe(true);
  expect(error.message.startsWith('no ssh banner') || error.message.includes('\n  no ssh banner')).toBe(true);
  return error;
}

test('QEMU that cannot start says so, with its own words', async () => {
  await using machine = await boot({kernel: 'no-such-kernel'}, {firmware: 'direct'});
  const error = await failure(machine);
  expect(error.reached).toBeUndefined();
  expect(error.message).toMatch(/^QEMU ended: exit status 1\n/);
  expect(error.console.join('\n')).toContain('no-such-kernel');
});

test('a disk without a bootloader ends the wait at once', async () => {
  const path = join(temporary(), 'empty.raw');
  await createSparse(path, 1024 * 1024);
  await using machine = await boot({disk: {path, format: 'raw'}});
  const error = await failure(machine);
  expect([error.reached, error.message.split('\n')[0]]).toEqual([
    'firmware',
    'the firmware found nothing to boot',
  ]);
  expect(error.command).toContain(`snapshot=on,file=${path}`);
});

test('a bootloader that waits at its prompt ends the wait at once', async () => {
  const folder = temporary();
  const [path, config] = [join(folder, 'disk.raw'), join(folder, 'grub.cfg')];
  await guest.run(['qemu-img', 'convert', '-O', 'raw', guest.image.disk.path, path]);
  writeFileSync(config, '');
  const {request} = guest.built.prepared;
  const layout = diskLayout(request.image.disk, {arch: request.arch.name, seed: ''});
  const esp = `${path}@@${partition(layout, 'ESP').startLba * SECTOR_BYTES}`;
  await guest.run(['mcopy', '-o', '-i', esp, config, '::/grub/grub.cfg']);
  await using machine = await boot({disk: {path, format: 'raw'}});
  const error = await failure(machine);
  expect([error.reached, error.message.split('\n')[0]]).toEqual([
    'bootloader',
    'the bootloader waits at its prompt, grub>',
  ]);
});

test('a kernel that panics ends the wait at once, and its last words are there', async () => {
  await using machine = await bootInit('exit 3');
  const error = await failure(machine);
  expect([error.reached, error.message.split('\n')[0]]).toEqual([
    'kernel',
    'the kernel panicked: Attempted to kill init! exitcode=0x00000300',
  ]);
  expect(error.console.join('\n')).toContain('Call Trace');
  await expect(machine.powerOff(TIMEOUT_MS)).rejects.toThrow('the kernel panicked');
});

test('an initramfs that waits at its prompt ends the wait at once', async () => {
  await using machine = await bootInit(
    `echo 'Begin: Mounting root file system ...'; export PS1='(initramfs) '; exec sh -i`,
  );
  const error = await failure(machine);
  expect([error.reached, error.message.split('\n')[0]]).toEqual([
    'initramfs',
    'the initramfs waits at its prompt, (initramfs)',
  ]);
});

test('a guest without a network, and one without sshd, are told apart', async () => {
  const begins = `
/bin/busybox --install -s /bin; export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mkdir -p /usr/share/udhcpc
echo 'INIT: version 3.0 booting'`;
  {
    // A busy QEMU may mangle a line of the console; this one is said again.
    await using machine = await bootInit(
      `${begins}\nwhile sleep 1; do echo 'INIT: version 3.0 booting'; done`,
    );
    await expect.poll(() => machine.reached, {timeout: TIMEOUT_MS}).toBe('init');
    expect((await failure(machine, 1000)).reached).toBe('init');
  }
  await using machine = await bootInit(`${begins}
modprobe virtio_pci; modprobe virtio_net
n=0; until ip link set eth0 up; do n=$((n + 1)); [ $n -lt 50 ] || break; sleep 0.1; done
printf '#!/bin/sh\\n[ "$1" != bound ] || ifconfig eth0 $ip\\n' >/script; chmod 755 /script
udhcpc -i eth0 -s /script -q 2>&1
sleep 1000`);
  await machine.waitForConsole(/lease of [\d.]+ obtained/, TIMEOUT_MS);
  const error = await failure(machine, 1000);
  expect(error.reached).toBe('network');
  expect(error.message).toContain('it came as far as the network; a banner of sshd would have been next');
});
