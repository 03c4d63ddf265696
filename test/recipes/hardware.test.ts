import {expect, test} from 'vitest';
import {withChoice, type BuildChoice} from '../../src/build/choice.ts';
import {withDefaults} from '../../src/config/image-defaults.ts';
import type {ImageFile} from '../../src/config/image.ts';
import {ARCHITECTURES, architectureNames} from '../../src/core/architecture.ts';
import {driversOf, HARDWARE_NAMES} from '../../src/core/hardware.ts';
import {
  debianKernelPackage,
  hardwareOf,
  kernelModules,
  kernelOptions,
  mustDrive,
  withItsHardware,
} from '../../src/recipes/hardware.ts';

const {x86_64, aarch64, i386} = ARCHITECTURES;
const image = (file: ImageFile = {}) => withDefaults('own', file);

test('an image that says nothing is for clouds, on the kernel for clouds', () => {
  expect(hardwareOf(image())).toEqual(['cloud']);
  expect(debianKernelPackage(image(), x86_64)).toBe('linux-image-cloud-amd64');
  expect(debianKernelPackage(image(), i386)).toBe('linux-image-686-pae');
  expect(kernelOptions(image(), x86_64)).toContain('CONFIG_XEN_BLKDEV_FRONTEND=y\n');
});

test.each(architectureNames())(
  'a kernel from source for %s has the drivers that the image is for',
  (name) => {
    const lines = kernelOptions(image(), ARCHITECTURES[name]).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['CONFIG_VIRTIO_BLK=y', 'CONFIG_BLK_DEV_NVME=y']));
    for (const {options} of driversOf(['cloud'], name))
      expect(lines).toEqual(expect.arrayContaining(options.map((option) => `CONFIG_${option}=y`)));
  },
);

test.each(HARDWARE_NAMES.filter((name) => name !== 'cloud'))('%s takes the generic kernel', (row) => {
  const own = image({hardware: ['cloud', row]});
  expect(debianKernelPackage(own, x86_64)).toBe('linux-image-amd64');
  expect(debianKernelPackage(own, aarch64)).toBe('linux-image-arm64');
  expect(kernelOptions(own, x86_64)).toMatch(/^(CONFIG_\w+=y\n)+$/);
});

test('a kernel from source has what payloads ask modules of Debian for', () => {
  const own = image({modules: {boot: [], usr: ['tun', 'kvm_amd']}});
  const lines = kernelOptions(own, x86_64).split('\n');
  expect(lines).toEqual(expect.arrayContaining(['CONFIG_TUN=y', 'CONFIG_KVM_AMD=y']));
  expect(kernelOptions(image(), x86_64)).not.toContain('CONFIG_TUN');
});

test('a kernel that the definition names is taken', () => {
  const own = image({hardware: ['cloud', 'usb'], kernel: {package: 'linux-image-rt-amd64'}});
  expect(debianKernelPackage(own, x86_64)).toBe('linux-image-rt-amd64');
});

test('drivers of disks are in the initramfs, others in /usr, beside those that the definition names', () => {
  const own = image({hardware: ['legacy', 'usb'], modules: {boot: ['nvme'], usr: ['veth', 'e1000']}});
  const {boot, usr} = kernelModules(own, x86_64);
  expect(boot).toEqual(expect.arrayContaining(['sym53c8xx', 'xhci_pci', 'uas', 'overlay', 'nvme']));
  expect(boot).not.toContain('virtio_blk');
  expect(usr).toEqual(expect.arrayContaining(['e1000', 'pcnet32', 'usbhid', 'isofs', 'veth']));
  expect(new Set([...boot, ...usr]).size).toBe(boot.length + usr.length);
});

test('each architecture gets what hears its power button, and nothing of another', () => {
  const heard = (arch: keyof typeof ARCHITECTURES) =>
    kernelModules(image(), ARCHITECTURES[arch]).usr.filter((name) => /button|gpio|evdev/.test(name));
  expect(heard('x86_64')).toEqual(['button', 'evdev']);
  expect(heard('aarch64')).toEqual(['button', 'evdev']);
  expect(heard('arm')).toEqual(['gpio_keys', 'evdev']);
  expect(heard('riscv64')).toEqual(['button', 'evdev']);
  expect(heard('ppc64le')).toEqual([]);
});

test('what an architecture has no driver of is left out', () => {
  const own = image({hardware: ['vmware', 'usb']});
  const names = ['vmw_pvscsi', 'uhci_hcd'];
  expect(kernelModules(own, x86_64).boot).toEqual(expect.arrayContaining(names));
  expect(kernelModules(own, aarch64).boot.filter((name) => names.includes(name))).toEqual([]);
});

test.each([
  ['x86_64', ['button', 'evdev']],
  ['ppc64le', []], // the kernel itself hears the button
  ['s390x', []],
] as const)('%s hears its power button by %j', (arch, modules) => {
  const {usr} = kernelModules(image(), ARCHITECTURES[arch]);
  expect(usr.filter((name) => ['button', 'evdev'].includes(name))).toEqual(modules);
});

test('the kernel of s390x is not asked for cards that no machine of its kind had', () => {
  const {boot, usr} = kernelModules(
    image({hardware: ['cloud', 'vmware', 'legacy', 'usb']}),
    ARCHITECTURES.s390x,
  );
  expect(boot).toContain('virtio_blk');
  expect(
    [...boot, ...usr].filter((name) => ['ena', 'e1000', 'mptsas', 'ehci_pci', '8139cp'].includes(name)),
  ).toEqual([]);
});

const vmdk = {name: 'vmdk', hardware: ['vmware'] as const};
const choice: BuildChoice = {channel: 'alpha', image: 'own', arch: 'x86_64', out: 'out', locked: false};

test('the formats of an image that says nothing bring their hardware along', () => {
  expect(hardwareOf(image(), [vmdk])).toEqual(['cloud', 'vmware']);
  expect(() => mustDrive(image(), [vmdk])).not.toThrow();
});

test('a format whose machines the definition leaves out is refused, with what to write', () => {
  expect(() => mustDrive(image({hardware: ['cloud', 'vmware']}), [vmdk])).not.toThrow();
  expect(() => mustDrive(image({hardware: ['cloud', 'usb']}), [vmdk])).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message:
        'format vmdk is for VMware (ESXi, Workstation, Fusion), and image own has no drivers for that: its hardware is cloud, usb',
      hint: 'hardware: [cloud, usb, vmware]     in its definition brings them',
    }),
  );
});

test('of an image that says what it is for, `all` are the formats that it can drive', () => {
  const all = (file: ImageFile) => withChoice(image(file), {...choice, formats: 'all'}).formats;
  expect(all({})).toContain('vmdk');
  expect(all({hardware: ['cloud', 'virtualbox']})).toEqual(
    expect.arrayContaining(['qcow2', 'vagrant-virtualbox']),
  );
  expect(all({hardware: ['cloud', 'virtualbox']})).not.toContain('vmdk');
});

test('a release has the hardware that it has: other formats bring none along', () => {
  const released = withItsHardware(image());
  expect(() => withChoice(image(), {...choice, formats: ['vmdk']})).not.toThrow();
  expect(() => withChoice(released, {...choice, formats: ['vmdk']})).toThrow(
    'format vmdk is for VMware (ESXi, Workstation, Fusion), and image own has no drivers for that: its hardware is cloud',
  );
});
