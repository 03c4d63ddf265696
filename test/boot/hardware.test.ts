import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {kernelCommandLine} from '../../src/recipes/command-line.ts';
import {prepareMachine, type BootOptions} from '../../src/vm/boot-image.ts';
import {logIn} from '../../src/vm/login.ts';
import {Machine} from '../../src/vm/machine.ts';
import type {CardModel, DiskBus} from '../../src/vm/machine-spec.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {ready, seeded} from '../support/ready-guest.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 120_000;
const key = generateSshKey('hardware');
/** The image with every row of hardware, and the one with that of clouds alone. */
let [all, cloud]: ReadyImage[] = [];

beforeAll(async () => {
  all = await ready('cirros');
  cloud = await ready('test');
});
afterAll(async () => {
  for (const guest of [all, cloud]) await guest?.[Symbol.asyncDispose]();
});

/** Starts a machine whose first network card is of a model, and which runs from RAM. */
async function start(
  guest: ReadyImage | undefined,
  more: Pick<BootOptions, 'extraCards'> & {readonly card?: CardModel},
): Promise<Machine> {
  if (guest === undefined) throw new Error('no image');
  const {card, ...options} = more;
  const firmware = 'direct';
  const common = {...seeded(guest, 'hardware', key), folder: temporary(), firmware} as const;
  return Machine.start({...(await prepareMachine(guest.image, {...common, ...options})), card});
}

/** Starts a machine whose kernel looks for its disk on a bus. What a firmware can start is not asked: it takes longer. */
async function startOn(guest: ReadyImage | undefined, bus: DiskBus): Promise<Machine> {
  if (guest === undefined) throw new Error('no image');
  const {built, image} = guest;
  const {request} = built.prepared;
  const initramfs = built.artifacts.find(({kind}) => kind === 'slot-initramfs')?.path;
  const spec = await prepareMachine(image, {...seeded(guest, 'hardware', key), folder: temporary()});
  if (spec.disk === undefined || initramfs === undefined) throw new Error('no disk');
  const commandLine = kernelCommandLine(request.image, request.arch, {slot: 'A'});
  const boot = {firmware: 'direct', kernel: image.kernel, initramfs, commandLine} as const;
  return Machine.start({...spec, boot, disk: {...spec.disk, bus}});
}

/** virtio and NVMe are what other tests boot from. */
describe('/usr and STATE are found on a disk', () => {
  test.each<DiskBus>(['scsi', 'sata', 'ide', 'pvscsi', 'lsi', 'mptsas', 'megasas', 'usb', 'uas', 'ehci'])(
    'on %s',
    async (bus) => {
      await using machine = await startOn(all, bus);
      const [, root] = await machine.waitForConsole(/loading root from \/dev\/(\w+),/, TIMEOUT_MS);
      expect(root).toMatch(/^sd/);
    },
    2 * TIMEOUT_MS,
  );
});

test(
  'every network card comes up',
  async () => {
    const models: readonly [CardModel, string][] = [
      ['vmxnet3', 'vmxnet3'],
      ['e1000', 'e1000'],
      ['e1000-82545em', 'e1000'],
      ['e1000e', 'e1000e'],
      ['rtl8139', '8139cp'],
      ['pcnet', 'pcnet32'],
      ['ne2k_pci', 'ne2k-pci'],
    ];
    const extraCards = models.map(([model], index) => ({mac: `52:54:00:00:01:0${index}`, model}));
    await using machine = await start(all, {extraCards});
    const login = {user: 'cirros', privateKey: key.privateKey, timeoutMs: TIMEOUT_MS};
    await using session = await logIn(machine, login);
    const {stdout} = await session.exec(
      `until [ "$(ls /run/leanos/lease.* | wc -l)" = ${models.length + 1} ]; do sleep 0.2; done
      for card in /sys/class/net/*; do
        [ -e $card/device ] && echo "$(cat $card/address) $(basename $(readlink $card/device/driver)) $(ip -o -4 addr show dev \${card##*/} | awk '{ print $4 }')"
      done`,
    );
    const expected = models.map(
      ([, driver], index) => `52:54:00:00:01:0${index} ${driver} 10.0.${index + 3}.15/24`,
    );
    expect(stdout.trim().split('\n').sort()).toEqual(expect.arrayContaining(expected));
  },
  2 * TIMEOUT_MS,
);

test(
  'a machine whose disk the image cannot drive says what it saw, and what is missing',
  async () => {
    await using machine = await startOn(cloud, 'lsi');
    await machine.waitForConsole(/error: initramfs: no \/usr: PARTLABEL=USR-A is not there/, TIMEOUT_MS);
    expect(machine.console).toContain(
      'info: initramfs: 1000:0012 (LSI Logic 53C895A): no driver: it needs sym53c8xx, which one of these in hardware: brings: legacy',
    );
  },
  2 * TIMEOUT_MS,
);

test(
  'a machine whose network card the image cannot drive says so, on the console and in leanos-status',
  async () => {
    await using machine = await start(cloud, {card: 'e1000'});
    await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
    const told =
      'warning: network card 8086:100e (Intel 82540EM): no driver: it needs e1000, which one of these in hardware: brings: vmware,virtualbox,legacy';
    expect(machine.console.split(told)).toHaveLength(3);
  },
  2 * TIMEOUT_MS,
);
