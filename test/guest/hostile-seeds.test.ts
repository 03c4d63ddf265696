import {mkdirSync, readdirSync, symlinkSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

/** What mounts a disk of the fake machine: its content is in the folder disks/NAME. Without a label it cannot be mounted. */
const DISKS = `mount() {
    echo "mount $*" >>"$ROOT/mounts"
    for folder; do shift; [ $# = 1 ] && disk=$ROOT/disks/\${folder##*/}; done
    [ -d "$disk" ] && rmdir "$folder" && mv "$disk" "$folder"
  }
  umount() { mv "$1" "$disk"; mkdir "$1"; }`;

/** A machine with disks that all are FATs with a label. */
async function machineWith(
  disks: Readonly<Record<string, Readonly<Record<string, string>>>>,
  label = 'CIDATA',
): Promise<FakeMachine> {
  const machine = await fakeMachine();
  for (const [name, files] of Object.entries(disks)) {
    machine.write(`sys/class/block/${name}/size`, '2048\n');
    machine.write(
      `dev/${name}`,
      Buffer.concat([Buffer.alloc(43), Buffer.from(`${label.padEnd(11)}FAT12   `)]),
    );
    mkdirSync(join(machine.root, `disks/${name}`), {recursive: true});
    for (const [path, text] of Object.entries(files)) machine.write(`disks/${name}/${path}`, text);
  }
  return machine;
}

async function fetch(
  machine: FakeMachine,
  name: 'nocloud' | 'configdrive' = 'nocloud',
): Promise<{status: number; found: Record<string, string>; said: string}> {
  machine.ash('rm -rf "$ROOT/found"; mkdir "$ROOT/found"');
  const {status, stderr} = await machine.run(
    `${DISKS}; list=${name}; set -- fetch "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/${name}"`,
  );
  expect(stderr).toBe('');
  const names = readdirSync(join(machine.root, 'found'), {withFileTypes: true}).filter((entry) =>
    entry.isFile(),
  );
  return {
    status,
    found: Object.fromEntries(names.map((entry) => [entry.name, machine.read(`found/${entry.name}`)])),
    said: machine.read('dev/console'),
  };
}

const META = 'instance-id: i-1\n';

describe('several disks with the label of a seed', () => {
  test('one that cannot be mounted and one with no seed on it do not hide the one that has', async () => {
    const machine = await machineWith({vda: {}, vdb: {readme: 'x'}, vdc: {'meta-data': META}});
    machine.ash('rm -r "$ROOT/disks/vda"');
    const {status, found, said} = await fetch(machine);
    expect({status, found}).toEqual({status: 0, found: {'instance-id': 'i-1\n'}});
    expect(said).toMatch(/cannot mount vda .*\n.*no meta-data in the seed/);
  });

  test('a config drive without metadata does not hide another', async () => {
    const machine = await machineWith(
      {vdb: {readme: 'x'}, vdc: {'openstack/latest/meta_data.json': '{"uuid": "u-1"}'}},
      'CONFIG-2',
    );
    expect((await fetch(machine, 'configdrive')).found['instance-id']).toBe('u-1\n');
  });

  // Whose folders on the way to where a seed is mounted are root's alone; its own mode is that of the seed.
  const NOTE_WAY = `mount() { for way; do :; done; echo mounted >>"$ROOT/way"
    while way=\${way%/*} && [ "$way" != "$ROOT" ]; do stat -c %a "$way" >>"$ROOT/way"; done; return 1; }`;
  const LIBRARIES =
    'for l in system drivers platform label datasource; do . "$ROOT/usr/lib/leanos/$l.sh"; done; load_config; DATASOURCE_DEADLINE=1;';

  test.each([
    ['the first look', `${LIBRARIES} first_datasource`],
    ['the search', `${LIBRARIES} find_datasource`],
    ['one by hand', 'set -- fetch "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/nocloud"'],
  ])('root alone gets to them while %s has them mounted', async (_, script) => {
    const machine = await machineWith({vdb: {'meta-data': META}});
    machine.write('run/leanos/drivers', '');
    await machine.run(`${NOTE_WAY}; ${script}`);
    const ways = machine.read('way').split('mounted\n').slice(1);
    expect(ways.length).toBeGreaterThan(0);
    expect(ways.filter((way) => !way.split('\n').includes('700'))).toEqual([]);
  });

  test('nothing on them is a device or a program, and nothing is written to them', async () => {
    const machine = await machineWith({vdb: {'meta-data': META}});
    await fetch(machine);
    expect(machine.read('mounts')).toMatch(/-o ro,nosuid,nodev,noexec /);
  });
});

describe('a seed on a disk that somebody else made', () => {
  const SECRET = 'root:$6$secret:1::::::\n';

  test.each(['user-data', 'vendor-data', 'network-config', 'meta-data'])(
    '%s may not be a link that leads out of it',
    async (name) => {
      const machine = await machineWith({vdb: {'meta-data': META, 'user-data': 'x'}});
      machine.write('etc/shadow', SECRET);
      machine.ash(`ln -sf "$ROOT/etc/shadow" "$ROOT/disks/vdb/${name}"`);
      const {found, said} = await fetch(machine);
      expect(JSON.stringify(found)).not.toContain('secret');
      expect(said).toContain(`${name} is a link that leads out of the seed`);
      expect(said).not.toContain('secret');
    },
  );

  test('nor may a folder on the way, or a file of a config drive', async () => {
    const machine = await machineWith({vdb: {}}, 'CONFIG-2');
    machine.write('srv/latest/meta_data.json', '{"uuid": "stolen"}');
    symlinkSync(join(machine.root, 'srv'), join(machine.root, 'disks/vdb/openstack'));
    const {found, said} = await fetch(machine, 'configdrive');
    expect(JSON.stringify(found)).not.toContain('stolen');
    expect(said).toContain('leads out of the seed');
  });

  test('a link that stays in it is followed', async () => {
    const machine = await machineWith({vdb: {'meta-data': META, 'v2/user-data': '#!/bin/sh\n'}});
    symlinkSync('v2/user-data', join(machine.root, 'disks/vdb/user-data'));
    expect((await fetch(machine)).found['user-data']).toBe('#!/bin/sh\n');
  });

  test('links in a folder of the system’s own are its owner’s', async () => {
    const machine = await fakeMachine();
    machine.write('srv/user-data', '#!/bin/sh\n');
    machine.write('var/lib/cloud/seed/nocloud/meta-data', META);
    machine.ash('ln -s "$ROOT/srv/user-data" "$ROOT/var/lib/cloud/seed/nocloud/user-data"');
    expect((await fetch(machine)).found['user-data']).toBe('#!/bin/sh\n');
  });

  test('pipes in the place of its files are not waited for', async () => {
    const machine = await machineWith({vdb: {'user-data': 'x'}});
    machine.ash('cd "$ROOT/disks/vdb"; mkfifo meta-data vendor-data network-config');
    expect((await fetch(machine)).found).toEqual({'instance-id': 'i-nocloud-default\n', 'user-data': 'x'});
  });

  test('files of a gigabyte of nothing are passed over', async () => {
    const machine = await machineWith({vdb: {'meta-data': '', 'user-data': '', 'network-config': ''}});
    for (const name of ['meta-data', 'user-data', 'network-config']) {
      truncateSync(join(machine.root, `disks/vdb/${name}`), 1024 ** 3);
    }
    const {found, said} = await fetch(machine);
    expect(found).toEqual({'instance-id': 'i-nocloud-default\n'});
    expect(said).toContain('user-data is larger than 1048576 bytes');
  });

  test('a megabyte of empty lines of meta-data ends soon', async () => {
    const machine = await machineWith({vdb: {'meta-data': '\n'.repeat(1024 * 1024) + META}});
    const started = Date.now();
    await fetch(machine);
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});

describe('files/', () => {
  test('holds files, folders and links; nothing else is made', async () => {
    const machine = await machineWith({vdb: {'meta-data': META, 'files/etc/motd': 'hello'}});
    machine.ash(
      'cd "$ROOT/disks/vdb/files"; mkfifo pipe; mknod null c 1 3; ln -s /etc/motd link; mknod "two\nlines" p',
    );
    const {said} = await fetch(machine);
    expect(machine.ash('cd "$ROOT/found/tree"; find . | sort').stdout).toBe('.\n./etc\n./etc/motd\n./link\n');
    expect(said).toContain('files/ holds 3 that are neither file, folder nor link');
  });

  test('belongs to root, and what its links lead to stays whose it is', async () => {
    const machine = await machineWith({vdb: {'meta-data': META}});
    machine.write('home/file', 'x');
    machine.ash('chown 1234 "$ROOT/home/file"; mkdir "$ROOT/disks/vdb/files"');
    symlinkSync(join(machine.root, 'home/file'), join(machine.root, 'disks/vdb/files/link'));
    await fetch(machine);
    expect(machine.ash('stat -c %u "$ROOT/home/file"').stdout).toBe('1234\n');
  });

  test('that would fill the memory as it is laid out is not read', async () => {
    const machine = await machineWith({vdb: {'meta-data': META, 'files/hole': ''}});
    truncateSync(join(machine.root, 'disks/vdb/files/hole'), 1024 ** 3);
    const {said} = await fetch(machine);
    expect(machine.has('found/tree')).toBe(false);
    expect(said).toMatch(/files\/ has \d+ KiB, more than 8192, and is not read/);
  });

  test('with more things than any seed has is not read', async () => {
    const machine = await machineWith({vdb: {'meta-data': META}});
    for (let index = 0; index < 4200; index += 1) machine.write(`disks/vdb/files/${index}`, '');
    const {said} = await fetch(machine);
    expect(machine.has('found/tree')).toBe(false);
    expect(said).toContain('holds more than 4096 things');
  });
});

describe('everything together', () => {
  const mebibyte = 'x'.repeat(1024 * 1024);

  test('takes no more than a share of a small machine’s memory', async () => {
    const machine = await machineWith({vdb: {'openstack/latest/meta_data.json': ''}}, 'CONFIG-2');
    machine.write('proc/meminfo', 'MemTotal:          40960 kB\n');
    const files = Array.from({length: 20}, (_, index) => ({
      path: `/f${index}`,
      content_path: `/content/${index}`,
    }));
    machine.write('disks/vdb/openstack/latest/meta_data.json', JSON.stringify({uuid: 'u-1', files}));
    for (const {content_path: path} of files) machine.write(`disks/vdb/openstack${path}`, mebibyte);
    const {status, said} = await fetch(machine, 'configdrive');
    expect(status).toBe(0);
    expect(Number(machine.ash('du -sk "$ROOT/found" | cut -f1').stdout)).toBeLessThanOrEqual(5120);
    expect(said).toContain('there is room for 5242880 bytes in all');
  });

  test('is measured where it may be too much: many small files are all read', async () => {
    const machine = await machineWith({vdb: {}}, 'CONFIG-2');
    machine.write('proc/meminfo', 'MemTotal:          40960 kB\n');
    const files = Array.from({length: 40}, (_, index) => ({
      path: `/f${index}`,
      content_path: `/content/${index}`,
    }));
    machine.write('disks/vdb/openstack/latest/meta_data.json', JSON.stringify({uuid: 'u-1', files}));
    for (const {content_path: path} of files) machine.write(`disks/vdb/openstack${path}`, 'small');
    await fetch(machine, 'configdrive');
    expect(readdirSync(join(machine.root, 'found/content'))).toHaveLength(40);
  });

  test('files that a config drive names without an end are not all read, and that is said', async () => {
    const machine = await machineWith({vdb: {'openstack/content/0': 'x'}}, 'CONFIG-2');
    const files = Array.from({length: 1000}, (_, index) => ({
      path: `/f${index}`,
      content_path: '/content/0',
    }));
    machine.write('disks/vdb/openstack/latest/meta_data.json', JSON.stringify({uuid: 'u-1', files}));
    expect((await fetch(machine, 'configdrive')).said).toContain('more than 64 files are named');
  });
});
