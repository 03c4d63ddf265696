import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {DATASOURCE_NAMES, DEFAULT_DATASOURCES} from '../../src/core/datasources.ts';
import {fakeMachine, ROOTFS, type FakeMachine} from '../support/ash.ts';
import {imageBusybox} from '../support/busybox.ts';

const SEARCH =
  '. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/drivers.sh"; . "$ROOT/usr/lib/leanos/platform.sh"; . "$ROOT/usr/lib/leanos/label.sh"; . "$ROOT/usr/lib/leanos/datasource.sh"; load_config';
const FIND = `${SEARCH}; first_datasource || { find_datasource; keep_found; }`;

/** A machine whose datasources are shell texts. The scripts of the checkout stay as they are. */
async function machineWith(datasources: Readonly<Record<string, string>>, config = ''): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.ash('rm "$ROOT/usr/lib/leanos/datasource"');
  const shell = `#!${await imageBusybox()} ash\n`;
  for (const [name, text] of Object.entries(datasources)) {
    machine.write(`usr/lib/leanos/datasource/${name}`, `${shell}${text}\n`, 0o755);
  }
  machine.write(
    'etc/leanos-init/config',
    `DATASOURCE_LIST="${Object.keys(datasources).join(' ')}"\nDATASOURCE_DEADLINE=5\n${config}`,
  );
  return machine;
}

const FOUND = 'echo i-$0 >"$2/instance-id"';
const NOT_FOUND = 'exit 1';

describe('the search', () => {
  test('takes the first of the list that is there', async () => {
    const machine = await machineWith({a: NOT_FOUND, b: FOUND, c: FOUND});
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('b\n');
    expect(machine.read('run/leanos/datasource/data/instance-id')).toMatch(/^i-.*\/b\n$/);
  });

  test('waits for an earlier one of the list, within the deadline', async () => {
    const machine = await machineWith({
      slow: `until [ -e "$ROOT/go" ]; do sleep 0.05; done; ${FOUND}`,
      quick: `: >"$ROOT/go"; ${FOUND}`,
    });
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('slow\n');
  });

  test('takes what is there when the deadline is over', async () => {
    const machine = await machineWith(
      {stuck: 'exec >/dev/null 2>&1 sleep 30', quick: FOUND},
      'DATASOURCE_DEADLINE=1\n',
    );
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('quick\n');
  });

  test('keeps what answers after the deadline', async () => {
    const machine = await machineWith(
      {late: `until [ -e "$ROOT/run/leanos/datasource" ]; do sleep 0.05; done; ${FOUND}`},
      'DATASOURCE_DEADLINE=1\n',
    );
    const {stdout} = machine.ash(
      `${FIND}; cat "$ROOT/run/leanos/datasource/dsname"; late_datasource; cat "$ROOT/run/leanos/datasource/dsname"`,
    );
    expect(stdout).toBe('none\nlate\n');
    expect(machine.read('dev/console')).toContain('late answered after the deadline');
  });

  test('none is none only when nobody may answer any more', async () => {
    const machine = await machineWith(
      {
        late: `until [ -e "$ROOT/run/leanos/datasource" ]; do sleep 0.05; done; ${FOUND}`,
        none: FOUND,
      },
      'DATASOURCE_DEADLINE=1\n',
    );
    const {stdout} = machine.ash(
      `${FIND}; cat "$ROOT/run/leanos/datasource/dsname"; late_datasource; cat "$ROOT/run/leanos/datasource/dsname"`,
    );
    expect(stdout).toBe('none\nlate\n');
  });

  test('none is taken once where the others say no after the deadline', async () => {
    const machine = await machineWith(
      {late: `until [ -e "$ROOT/run/leanos/datasource" ]; do sleep 0.05; done; ${NOT_FOUND}`, none: FOUND},
      'DATASOURCE_DEADLINE=1\n',
    );
    expect(machine.ash(`${FIND}; late_datasource`).status).toBe(1);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('none\n');
    expect(machine.read('dev/console')).not.toContain('after the deadline');
  });

  test('waits for nobody where nobody can answer any more', async () => {
    const machine = await machineWith({a: NOT_FOUND});
    expect(machine.ash(`${FIND}; late_datasource`).status).toBe(1);
  });

  test('keeps nothing of a seed that was read half when it asks again', async () => {
    const machine = await machineWith({
      a: `[ -e "$ROOT/again" ] || { : >"$ROOT/again"; echo half >"$2/user-data"; exit 1; }; ${FOUND}`,
    });
    const shell = `${SEARCH}; datasource_list; make_search; fetch_one a || fetch_again a; ls "$search/a"`;
    expect(machine.ash(shell).stdout).toBe('instance-id\n');
  });

  test('says so where there is none', async () => {
    const machine = await machineWith({a: NOT_FOUND});
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('none\n');
    expect(machine.read('dev/console')).toContain('datasource: none found');
  });

  test('obeys dslist on the kernel command line', async () => {
    const machine = await machineWith({a: FOUND, b: FOUND});
    machine.write('proc/cmdline', 'quiet dslist=b,a\n');
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('b\n');
  });

  test('keeps instance data for root alone', async () => {
    const machine = await machineWith({a: FOUND});
    machine.ash(FIND);
    expect(statSync(join(machine.root, 'run/leanos/datasource')).mode & 0o777).toBe(0o700);
  });
});

describe('what is started', () => {
  /** The datasources that were run on a machine, each at every start, where every one of them says no. */
  async function started(facts: Readonly<Record<string, string>>, shell = FIND): Promise<string[]> {
    const machine = await machineWith(
      Object.fromEntries(DATASOURCE_NAMES.map((name) => [name, `echo ${name} >>"$ROOT/started"; exit 1`])),
      `DATASOURCE_LIST="${DEFAULT_DATASOURCES.join(' ')}"\n`,
    );
    for (const [path, text] of Object.entries({'sys/class/dmi/id/sys_vendor': 'QEMU\n', ...facts})) {
      machine.write(path, text);
    }
    machine.write('started', '');
    machine.ash(shell);
    return machine.read('started').split('\n').slice(0, -1);
  }

  test.each<[string, Record<string, string>, string[]]>([
    ['of a machine that shows nothing', {}, []],
    ['of a cloud', {'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n'}, ['ec2']],
    [
      'of a cloud that speaks as another',
      {'sys/class/dmi/id/product_name': 'OpenStack Nova'},
      ['ec2', 'openstack'],
    ],
    ['that dslist= names', {'proc/cmdline': 'dslist=openstack,nocloud\n'}, ['openstack']],
    ['of a seed', {'var/lib/cloud/seed/nocloud/meta-data': ''}, ['nocloud']],
  ])('is that %s, and nothing else', async (_, facts, names) => {
    expect((await started(facts, `${SEARCH}; find_datasource; keep_found`)).sort()).toEqual(names);
  });

  test('is what a driver brings, when it has', async () => {
    const shell = `rm "$ROOT/run/leanos/drivers"; ${SEARCH}
      nap() { [ -e "$ROOT/run/leanos/drivers" ] || mkdir -p "$ROOT/var/lib/cloud/seed/config_drive"; : >"$ROOT/run/leanos/drivers"; }
      find_datasource; keep_found`;
    expect(await started({}, shell)).toEqual(['configdrive']);
  });

  test('does not wait for drivers where they cannot bring it', async () => {
    const shell = `rm "$ROOT/run/leanos/drivers"; ${SEARCH}; DATASOURCE_LIST=ec2
      find_datasource; late_datasource; keep_found; echo ended >>"$ROOT/started"`;
    const facts = {'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n'};
    expect(await started(facts, shell)).toEqual(['ec2', 'ended']);
  });
});

test('rows of platforms.sh are of datasources that there are, those of one field together', () => {
  const rows = readFileSync(join(ROOTFS, 'usr/lib/leanos/platforms.sh'), 'utf8')
    .split("PLATFORMS='")[1]
    ?.split("'")[0]
    ?.trim()
    .split('\n')
    .map((row) => row.split(' '));
  const fields = rows?.map(([field]) => field).filter((field, index, all) => field !== all[index - 1]);
  expect(fields).toEqual([...new Set(fields)]);
  for (const [, name] of rows ?? []) expect(DATASOURCE_NAMES).toContain(name);
});

describe('leanos-ds', () => {
  const ds = (words: string): string => `sh "$ROOT/usr/sbin/leanos-ds" ${words}`;

  test('finds anew, says what it took, and leaves it where all look for it', async () => {
    const machine = await machineWith({a: NOT_FOUND, b: FOUND});
    for (let round = 0; round < 2; round += 1) {
      expect(machine.ash(ds('-v'))).toMatchObject({status: 0, stdout: 'datasource: b\n'});
      expect(machine.read('run/leanos/datasource/dsname')).toBe('b\n');
    }
  });

  test('ends with 1 where there is none', async () => {
    const machine = await machineWith({a: NOT_FOUND});
    expect(machine.ash(ds('local')).status).toBe(1);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('none\n');
  });
});
