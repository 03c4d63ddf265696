import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {DATASOURCE_NAMES, DATASOURCES, DEFAULT_DATASOURCES} from '../../src/core/datasources.ts';

const CHECKOUT = join(import.meta.dirname, '../..');

test('each datasource has its script in the guest, and each script its row', () => {
  const scripts = readdirSync(join(CHECKOUT, 'init-scripts/rootfs/usr/lib/leanos/datasource'));
  expect(scripts.sort()).toEqual([...DATASOURCE_NAMES].sort());
});

test('all of them, with what they share, are below 64 KiB compressed', () => {
  const library = join(CHECKOUT, 'init-scripts/rootfs/usr/lib/leanos');
  const shared =
    /^(seed|http|imds|cloud|cloudstack|openstack|guestinfo|platforms?|label|datasource)\.sh$|^(context|opennebula|xml|ovf|vmware|subtree|smartos|facts|vendor-data)\.awk$/;
  const files = [
    ...readdirSync(library).filter((name) => shared.test(name)),
    ...['datasource', 'clouds'].flatMap((folder) =>
      readdirSync(join(library, folder)).map((name) => join(folder, name)),
    ),
  ];
  expect(files.length).toBeGreaterThan(40);
  expect(gzipSync(Buffer.concat(files.map((name) => readFileSync(join(library, name))))).length).toBeLessThan(
    65_536,
  );
});

test('the table in docs/guest.md is that of the program', () => {
  const page = readFileSync(join(CHECKOUT, 'docs/guest.md'), 'utf8');
  const rows = DATASOURCE_NAMES.map(
    (name) => `| \`${name}\` | ${DATASOURCES[name].isThereWhen} | ${DATASOURCES[name].reads} |\n`,
  );
  const table = `| name | is there when | reads |\n| --- | --- | --- |\n${rows.join('')}`;
  expect(page).toContain(`<!-- datasources -->\n${table}<!-- end -->`);
});

test('a disk is looked for before a service is asked', () => {
  const isOnDisk = DEFAULT_DATASOURCES.map((name) => DATASOURCES[name].onDisk);
  expect(isOnDisk).toEqual([...isOnDisk].sort((one, other) => Number(other) - Number(one)));
});
