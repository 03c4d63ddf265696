import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {
  DRIVERS,
  HARDWARE,
  HARDWARE_NAMES,
  rowsWith,
  type Driver,
  type DriverName,
} from '../../src/core/hardware.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const drivers = Object.entries(DRIVERS) as [DriverName, Driver][];

test('the guest knows the devices of every driver (vitest --update writes it)', async () => {
  const lines = drivers.flatMap(([driver, {kind, devices = {}}]) =>
    Object.entries(devices).map(
      ([id, name]) => `${id} ${kind} ${driver} ${rowsWith(driver).join(',')} ${name}\n`,
    ),
  );
  const file = 'init-scripts/shared/usr/lib/leanos/devices';
  await expect(lines.sort().join('')).toMatchFileSnapshot(join(CHECKOUT, file));
});

test('identifiers are as the kernel tells them, and no two are of one device', () => {
  const ids = drivers.flatMap(([, {devices = {}}]) => Object.keys(devices));
  for (const id of ids)
    expect(id).toMatch(/^([0-9a-f]{4}:[0-9a-f]{4}|virtio:d[0-9]{8}|vmbus:[0-9a-f]{32}|xen:\w+)$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every driver is in a row, and the cloud row needs none but those of the cloud kernel', () => {
  for (const [name] of drivers) expect(rowsWith(name), name).not.toEqual([]);
  for (const name of HARDWARE.cloud.drivers) expect(DRIVERS[name].kernel, name).toBe('cloud');
});

test('the table in docs/hardware.md is that of the program (vitest --update does not write it)', () => {
  const page = readFileSync(join(CHECKOUT, 'docs/hardware.md'), 'utf8');
  const named = (row: (typeof HARDWARE_NAMES)[number], of: readonly Driver['kind'][]) =>
    HARDWARE[row].drivers
      .filter((name) => of.includes(DRIVERS[name].kind))
      .map((name) => `\`${name}\``)
      .join(' ');
  const rows = HARDWARE_NAMES.map(
    (row) =>
      `| \`${row}\` | ${HARDWARE[row].shownBy} | ${named(row, ['disk', 'bus'])} | ${named(row, ['card'])} |\n`,
  );
  const table = `| hardware | shown by | disks | network cards |\n| --- | --- | --- | --- |\n${rows.join('')}`;
  expect(page).toContain(`<!-- hardware -->\n${table}<!-- end -->`);
});
