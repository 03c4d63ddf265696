import {mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const LIBRARIES =
  '. "$ROOT/usr/lib/leanos/devices.sh"; . "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/network.sh";';
const TELL_CARDS = `${LIBRARIES} cards=''; tell_cards`;
const FAIL = `. "$INITRAMFS/lib/boot.sh"; reboot() { :; }; sleep() { :; }; debug='' usr=PARTLABEL=USR-A; fail_without_usr`;

/** A device of PCI, as the kernel tells of it: `8086:100e`, and the number of its class. */
function addPci(fake: FakeMachine, slot: string, id: string, code: string, driver?: string): void {
  const [vendor = '', device = ''] = id.split(':');
  const folder = `sys/bus/pci/devices/${slot}`;
  fake.write(`${folder}/vendor`, `0x${vendor}\n`);
  fake.write(`${folder}/device`, `0x${device}\n`);
  fake.write(`${folder}/class`, `0x${code}\n`);
  const modalias = `pci:v0000${vendor}d0000${device}sv`.replace(/(?<=[vd])[0-9a-f]{8}/g, (hex) =>
    hex.toUpperCase(),
  );
  fake.write(`${folder}/modalias`, `${modalias}\n`);
  if (driver === undefined) return;
  mkdirSync(join(fake.root, `sys/bus/pci/drivers/${driver}`), {recursive: true});
  symlinkSync(`../../drivers/${driver}`, join(fake.root, folder, 'driver'));
}

const BRINGS = 'which one of these in hardware: brings';

test('a card that nothing drives is told, with what it needs', async () => {
  const fake = await fakeMachine();
  addPci(fake, '0000:00:00.0', '8086:29c0', '060000');
  addPci(fake, '0000:00:02.0', '8086:100e', '020000');
  addPci(fake, '0000:00:03.0', '8086:1229', '020000');
  addPci(fake, '0000:00:04.0', '8086:10d3', '020000', 'e1000e');
  addPci(fake, '0000:00:05.0', '10ec:8139', '020000');
  addPci(fake, '0000:00:06.0', '1af4:1000', '020000', 'virtio-pci');
  fake.write('sys/bus/virtio/devices/virtio0/modalias', 'virtio:d00000001v00001AF4\n');
  fake.write('sys/bus/xen/devices/vif-0/modalias', 'xen:vif\n');
  fake.write('sys/bus/xen/devices/vfb-0/modalias', 'xen:vfb\n');
  mkdirSync(join(fake.root, 'sys/module/8139cp'), {recursive: true});
  fake.ash(TELL_CARDS);
  const told = [
    `warning: network card 8086:100e (Intel 82540EM): no driver: it needs e1000, ${BRINGS}: vmware,virtualbox,legacy`,
    'warning: network card 8086:1229: no driver, and leanos knows none for it',
    'warning: network card 10ec:8139 (Realtek RTL8139): no driver: 8139cp is there, and does not take it',
    `warning: network card virtio:d00000001 (virtio network card): no driver: it needs virtio_net, ${BRINGS}: cloud,virtualbox`,
    `warning: network card xen:vif (Xen network card): no driver: it needs xen_netfront, ${BRINGS}: cloud`,
  ];
  expect(fake.read('dev/console').trim().split('\n')).toEqual(told);
  expect(fake.read('run/leanos/notes').trim().split('\n')).toEqual(told);
});

test('a machine without any card is told so; one whose cards are driven is told nothing', async () => {
  const fake = await fakeMachine();
  fake.ash(TELL_CARDS);
  expect(fake.read('dev/console')).toBe('warning: this machine shows no network card\n');
  const other = await fakeMachine();
  addPci(other, '0000:00:02.0', '8086:100e', '020000', 'e1000');
  expect(other.ash(TELL_CARDS)).toMatchObject({status: 0, stderr: ''});
  expect(other.read('dev/console')).toBe('');
});

test('an initramfs without /usr says which disks there are, and what they may be behind', async () => {
  const fake = await fakeMachine();
  addPci(fake, '0000:00:02.0', '1000:0012', '010000');
  addPci(fake, '0000:00:03.0', '8086:2922', '010601', 'ahci');
  addPci(fake, '0000:00:04.0', '1b36:000d', '0c0330');
  addPci(fake, '0000:00:05.0', '8086:100e', '020000');
  addPci(fake, '0000:00:06.0', '1c5c:1234', '010802');
  addPci(fake, '0000:00:07.0', '1af4:1001', '010000', 'virtio-pci'); // whose own bus says more
  fake.write('sys/bus/virtio/devices/virtio0/modalias', 'virtio:d00000002v00001AF4\n');
  fake.write('sys/block/sda/device/type', '0\n');
  fake.write('sys/block/loop0/size', '0\n');
  fake.ash(FAIL);
  expect(fake.read('dev/console').trim().split('\n')).toEqual([
    'info: initramfs: disks: sda',
    `info: initramfs: 1000:0012 (LSI Logic 53C895A): no driver: it needs sym53c8xx, ${BRINGS}: legacy`,
    'info: initramfs: 8086:2922 (Intel ICH9 SATA (AHCI)): driven by ahci',
    `info: initramfs: 1b36:000d (QEMU USB 3 (xHCI)): no driver: it needs xhci_pci, ${BRINGS}: usb`,
    'info: initramfs: 1c5c:1234: no driver, and leanos knows none for it',
    `info: initramfs: virtio:d00000002 (virtio disk): no driver: it needs virtio_blk, ${BRINGS}: cloud,virtualbox`,
    'error: initramfs: no /usr: PARTLABEL=USR-A is not there',
  ]);
});

test('one that was started without a disk at all says that there is none', async () => {
  const fake = await fakeMachine();
  fake.ash(FAIL);
  expect(fake.read('dev/console')).toBe(
    'info: initramfs: disks: none\nerror: initramfs: no /usr: PARTLABEL=USR-A is not there\n',
  );
});
