import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {domainConfig, type DomainOptions} from '../../src/stages/payload/domain.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

const DOM0 = join(CHECKOUT, 'init-scripts/xen/usr/lib/leanos/xen/dom0.sh');
/** What a machine with one card has, whose xenstore tells what it is told. */
const LIBRARIES = `. "$ROOT/usr/lib/leanos/system.sh"; . "${DOM0}"
  ip() { echo 'default via 10.0.2.2 dev eth1 metric 2'; }
  xenstore() { echo "$*" >>"$ROOT/told"; }
  xl() { echo "virt_caps : $CAPS"; };`;
const DOMAIN: DomainOptions = {
  type: 'pv',
  args: String.raw`of the "image" \ it's`,
  memoryMib: 64,
  ramdisk: null,
  disks: [
    {name: 'xvda', readOnly: true},
    {name: 'xvdb', readOnly: false},
  ],
};

async function dom0(domain: Partial<DomainOptions> = {}): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write('usr/lib/leanos/payload/domain.xl', domainConfig({...DOMAIN, ...domain}));
  machine.write('usr/lib/leanos/payload/disks/xvdb', 'the disk');
  machine.write('sys/class/net/eth1/address', '52:54:00:12:34:56\n');
  machine.write('run/leanos/xen/started', '');
  return machine;
}

/** The value of a line of what xl is told; of several, the last one counts. */
function told(machine: FakeMachine, name: string): string | undefined {
  const lines = machine.read('run/leanos/xen/domain.xl').split('\n');
  return lines.findLast((line) => line.startsWith(`${name} = `))?.slice(name.length + 3);
}

describe('a domain', () => {
  test('has the arguments of the image, and the card of the machine', async () => {
    const machine = await dom0();
    machine.ash(`${LIBRARIES} write_domain`);
    expect(told(machine, 'extra')).toBe(String.raw`"of the \"image\" \\ it's"`);
    expect(told(machine, 'vif')).toBe("[ 'mac=52:54:00:12:34:56,script=/usr/lib/leanos/xen/vif' ]");
    expect(machine.read('run/leanos/xen/card')).toBe('eth1\n');
  });

  test('has user-data’s arguments in their place, whole', async () => {
    const machine = await dom0();
    machine.write('run/leanos/datasource/data/user-data', '#payload-args\na="b \\ c"\n$HOME `d`\n');
    machine.ash(`${LIBRARIES} write_domain`);
    expect(told(machine, 'extra')).toBe('"a=\\"b \\\\ c\\" $HOME `d`"');
  });

  test('keeps what it wrote to its disks, which come from the image once', async () => {
    const machine = await dom0();
    machine.ash(`${LIBRARIES} keep_disks`);
    expect(machine.read('var/lib/payload/disks/xvdb')).toBe('the disk');
    machine.write('var/lib/payload/disks/xvdb', 'written');
    machine.ash(`${LIBRARIES} keep_disks`);
    expect(machine.read('var/lib/payload/disks/xvdb')).toBe('written');
    expect(domainConfig(DOMAIN)).toContain(
      'access=rw,script=/usr/lib/leanos/xen/block,target=/var/lib/payload/disks/xvdb',
    );
    expect(domainConfig(DOMAIN)).toContain(
      'access=ro,script=/usr/lib/leanos/xen/block,target=/usr/lib/leanos/payload/xvda',
    );
  });

  test('is told what the datasource brought, and rumprun its configuration', async () => {
    const machine = await dom0();
    machine.write('run/leanos/datasource/data/instance-id', 'i-1\n');
    machine.write('run/leanos/datasource/data/user-data', '{"cmdline": "x"}');
    machine.ash(`${LIBRARIES} tell_domain 7`);
    expect(machine.read('told').trim().split('\n')).toEqual([
      'write /local/domain/7/vm-data/instance-id i-1',
      'write /local/domain/7/vm-data/user-data {"cmdline": "x"}',
      'write /local/domain/7/rumprun/cfg {"cmdline": "x"}',
    ]);
  });

  test('is not told what xenstore cannot hold, and that is said', async () => {
    const machine = await dom0();
    machine.write('run/leanos/datasource/data/user-data', 'x'.repeat(4097));
    machine.ash(`${LIBRARIES} tell_domain 7`);
    expect(machine.has('told')).toBe(false);
    expect(machine.read('dev/console')).toContain('warning: user-data is larger than 4096 bytes');
  });

  test.each<[DomainOptions['type'], string, number]>([
    ['pv', 'pv gnttab-v1', 0],
    ['pvh', 'pv hvm hap', 0],
    ['pvh', 'pv gnttab-v1', 1],
  ])('of type %s on a machine with %s: %d', async (type, caps, status) => {
    const machine = await dom0({type});
    const outcome = machine.ash(`CAPS='${caps}'; ${LIBRARIES} can_start`);
    expect(outcome.status).toBe(status);
    expect(outcome.stdout.includes('needs VT-x or SVM')).toBe(status === 1);
  });

  test.each<[string, string, boolean]>([
    ['runs', '-b----', false],
    ['has switched itself off', '---s--', true],
    ['has crashed', '----c-', true],
    ['is gone', '', true],
  ])('that %s', async (_what, state, ended) => {
    const machine = await dom0();
    const list = `xl() { [ -z "${state}" ] || printf 'Name ID Mem VCPUs State Time\\npayload 1 32 1 ${state} 0.1\\n'; };`;
    expect(machine.ash(`${LIBRARIES} ${list} has_ended`).status === 0).toBe(ended);
  });

  test.each<[string, string, number, string, boolean]>([
    ['has run for five seconds', '10', 15, '-b----', true],
    ['runs for two', '13', 15, '-b----', false],
    ['has crashed meanwhile', '10', 15, '----c-', false],
    ['is not made yet', '', 15, '', false],
  ])('that %s: is it well?', async (_what, since, now, state, well) => {
    const machine = await dom0();
    machine.write('proc/uptime', `${now}.71 3.02\n`);
    if (since !== '') machine.write('run/leanos/xen/up', `${since}\n`);
    const list = `xl() { printf 'Name ID Mem VCPUs State Time\\npayload 1 32 1 ${state} 0.1\\n'; };`;
    expect(machine.ash(`${LIBRARIES} ${list} is_up`).status === 0).toBe(well);
  });

  test('is removed before it is made anew, where one is left', async () => {
    const machine = await dom0();
    const left = `xl() { echo "$*" >>"$ROOT/asked"; [ "$1" != domid ] || [ -e "$ROOT/left" ]; };`;
    machine.ash(`${LIBRARIES} ${left} remove_domain; : >"$ROOT/left"; remove_domain`);
    expect(machine.read('asked')).toBe('domid payload\ndomid payload\ndestroy payload\n');
  });
});
