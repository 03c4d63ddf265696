import {execFileSync, spawn} from 'node:child_process';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, join} from 'node:path';
import {beforeAll, expect, onTestFinished, test} from 'vitest';
import {findUefi} from '../../src/vm/firmware.ts';
import {clockWord} from '../../src/vm/microvm.ts';
import {FROM_ITS_DISK} from '../../src/stages/format/tried-format.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {imageFormatOf, FORMAT_NAMES, type FormatName} from '../../src/stages/format/image-formats.ts';
import {builtFormats, type BuiltFormats} from '../support/built-formats.ts';
import {temporary} from '../support/temporary.ts';

const MIB = 2 ** 20;
const TIMEOUT_MS = 300_000;
/** What the initramfs says when it has found the image in itself. */
const FROM_RAM = /info: initramfs loading root from RAM, \/usr from \/usr\.img/;
const {qemu} = ARCHITECTURES.x86_64;
let built: BuiltFormats;

beforeAll(() => {
  built = builtFormats();
});

/** Starts a machine of these devices, and resolves when its console has said that the image is up, and what is asked for. */
async function comesUp(
  devices: readonly string[],
  {machine = `${qemu.machine},graphics=off`, says = FROM_RAM}: {machine?: string; says?: RegExp} = {},
): Promise<void> {
  const common = ['-machine', `${machine},accel=tcg`, '-cpu', ARCHITECTURES.x86_64.qemu.cpu.tcg, '-m', '512'];
  const child = spawn(
    qemu.program,
    [...common, '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio', ...devices],
    {stdio: ['ignore', 'pipe', 'pipe']},
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  let over = false;
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  child.on('close', () => (over = true));
  await expect.poll(() => over || says.test(said), {timeout: TIMEOUT_MS, interval: 50}).toBe(true);
  expect(said).toMatch(FROM_RAM);
  expect(said).toMatch(says);
  child.kill('SIGKILL');
}

function uefi(): string[] {
  const files = findUefi('x86_64');
  if ('loader' in files) throw new Error(`${files.loader} has no variables`);
  const {code, variables} = files;
  const own = join(temporary(), 'variables.fd');
  copyFileSync(variables, own);
  return [
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${code}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${own}`],
  ];
}

function makeFile(path: string): string {
  writeFileSync(path, '');
  return path;
}

function drive(file: string, ...device: readonly string[]): string[] {
  return ['-drive', `if=none,id=boot,format=raw,readonly=on,file=${file}`, ...device];
}

const started: string[] = [];

/** A test that starts a format as docs/formats.md says. */
function starts(format: FormatName, how: string, work: () => Promise<void>): void {
  started.push(`${format}: ${how}`);
  test(`${format}: ${how}`, work);
}

const CD = ['-device', 'ide-cd,drive=boot,bootindex=0'];
const USB = ['-device', 'qemu-xhci,id=usb', '-device', 'usb-storage,bus=usb.0,drive=boot'];

starts('iso', 'a BIOS starts it from a CD, and a seed beside it is read', async () => {
  const seed = temporary();
  writeFileSync(join(seed, 'meta-data'), 'instance-id: i-beside\nlocal-hostname: beside\n');
  writeFileSync(join(seed, 'user-data'), '');
  const folder = `driver=vvfat,node-name=seed,read-only=on,floppy=on,label=cidata,dir=${seed}`;
  const beside = ['-blockdev', folder, '-device', 'virtio-blk-pci,drive=seed'];
  await comesUp([...drive(built.file('iso'), ...CD), ...beside], {says: /beside login:/});
});

starts('iso', 'UEFI starts it from a USB disk', () =>
  comesUp([...uefi(), ...drive(built.file('iso'), ...USB)]),
);

starts('ironic', 'UEFI starts it from a disk as its agent makes one', async () => {
  const folder = temporary();
  const [disk, esp] = [join(folder, 'disk'), join(folder, 'esp')];
  const root = built.file('ironic');
  const [first, bytes] = [34 * MIB, statSync(root).size];
  truncateSync(makeFile(disk), first + bytes + MIB);
  truncateSync(makeFile(esp), 32 * MIB);
  const table = `label: gpt\nstart=1MiB, size=32MiB, type=U\nstart=${first / MIB}MiB, size=${bytes / MIB}MiB, type=L\n`;
  execFileSync('sfdisk', ['--quiet', disk], {input: table});
  // install_bootloader of ironic-python-agent: what is in /boot/efi/EFI goes to the system partition.
  execFileSync('debugfs', ['-R', `rdump /boot/efi/EFI ${folder}`, root], {stdio: 'ignore'});
  execFileSync('mkfs.vfat', [esp], {stdio: 'ignore'});
  execFileSync('mcopy', ['-s', '-i', esp, join(folder, 'EFI'), '::']);
  for (const [source, at] of [
    [esp, MIB],
    [root, first],
  ] as const)
    execFileSync('dd', [
      `if=${source}`,
      `of=${disk}`,
      'bs=1M',
      `seek=${at / MIB}`,
      'conv=notrunc,sparse',
      'status=none',
    ]);
  await comesUp([...uefi(), ...drive(disk, '-device', 'virtio-blk-pci,drive=boot')]);
});

starts('unified', 'UEFI starts the one file from a folder', async () => {
  const folder = temporary();
  mkdirSync(join(folder, 'EFI/BOOT'), {recursive: true});
  copyFileSync(built.file('unified'), join(folder, 'EFI/BOOT/BOOTX64.EFI'));
  await comesUp([...uefi(), ...drive(`fat:${folder}`, '-device', 'virtio-blk-pci,drive=boot')]);
});

starts('pxe', 'iPXE loads the script, and kernel and initramfs beside it, over HTTP', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = join(built.directory, basename(request.url ?? ''));
    asked.push(basename(path));
    if (existsSync(path)) createReadStream(path).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const {port} = server.address() as AddressInfo;
  const script = basename(built.file('pxe'));
  const network = `user,id=net,tftp=${temporary()},bootfile=http://10.0.2.2:${port}/${script}`;
  await comesUp(['-netdev', network, '-device', 'virtio-net-pci,netdev=net']);
  expect(asked).toEqual([
    script,
    script.replace('pxe.ipxe', 'kernel'),
    script.replace('pxe.ipxe', 'initramfs'),
  ]);
});

starts('firecracker', "QEMU's microvm starts the same files", () =>
  comesUp(
    [
      ...['-kernel', built.file('firecracker.kernel'), '-initrd', built.file('cpio')],
      ...['-append', `console=ttyS0 reboot=k panic=1 ${clockWord()}`],
    ],
    {machine: 'microvm,acpi=on'},
  ),
);

test('what docs/formats.md says of starts is what is started here', () => {
  const said = FORMAT_NAMES.flatMap((name) =>
    (imageFormatOf(name).tried.started ?? [])
      .filter((how) => how !== FROM_ITS_DISK)
      .map((how) => `${name}: ${how}`),
  );
  expect(started.sort()).toEqual(said.sort());
});
