import {mkdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {boot, type Machine} from '../../src/index.ts';
import {builtDisk} from '../support/built-image.ts';
import {PACKAGE_NOTES} from '../support/noted-table.ts';
import {PACKAGE_ROWS, type PackageRow} from '../support/package-rows.ts';
import {temporary} from '../support/temporary.ts';

/** Whether each package has an image of its own, and docs/packages.md is filled; else some of them share one. */
const WHOLE = process.env['LEANOS_PACKAGES'] === 'all';
const TIMEOUT_MS = 600_000;
const ANSWER_MS = TIMEOUT_MS / 2;
const MIB = 2 ** 20;
const project = temporary();
mkdirSync(join(project, 'images'));

type NamedRow = readonly [name: string, row: PackageRow];
const rows: readonly NamedRow[] = Object.entries(PACKAGE_ROWS);
const always = rows.filter(([, {always: isAlways}]) => isAlways === true);

if (WHOLE) {
  describe('docs/packages.md is filled:', () => {
    let plain: Measured;
    beforeAll(async () => {
      plain = await measured('plain', []);
    }, TIMEOUT_MS);

    test.each(rows)('%s', {timeout: 2 * TIMEOUT_MS}, async (name, row) => {
      const own = await measured(name, [[name, row]]);
      PACKAGE_NOTES.document([name], {
        ...PACKAGE_NOTES.documented([name]),
        'what it did': row.does,
        disk: `+${((own.bytes - plain.bytes) / MIB).toFixed(1)} MiB`,
        memory: `+${Math.max(0, own.usedMib - plain.usedMib).toFixed(0)} MiB`,
        'to its answer': own.toAnswer.toFixed(2),
      });
    });
  });
} else {
  let machine: Machine;
  beforeAll(async () => {
    machine = await booted(built('many', always), always);
  }, 2 * TIMEOUT_MS);
  afterAll(() => machine[Symbol.asyncDispose]());

  test.each(always)('%s does its work', async (_, row) => answers(machine, row));

  test('accounts, owners, certificates and alternatives are as on Debian', async () => {
    const {stdout} = await machine.exec(
      'id -u www-data; stat -c "%U %G %a" /var/log/nginx/access.log; grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; ls /etc/ssl/certs | grep -c "[.]0$"; basename $(readlink -f $(which vi))',
      {root: true},
    );
    const [user, owner, certificates, links, vi] = stdout.split('\n');
    expect([user, owner, vi]).toEqual(['33', 'www-data adm 640', 'vim.tiny']);
    expect(Number(certificates)).toBeGreaterThan(100);
    expect(Number(links)).toBeGreaterThan(100);
  });
}

/** Builds an image that has these packages, and what their rows have it say. */
function built(name: string, some: readonly NamedRow[]): string {
  const packages = some.flatMap(([own, row]) => [...(row.packages ?? [own]), ...(row.with ?? [])]);
  const overlays = some.flatMap(([own, row]) =>
    row.overlay === undefined ? [] : [overlay(own, row.overlay)],
  );
  const services = Object.assign({}, ...some.map(([, row]) => row.services ?? {})) as object;
  const more = Object.assign({}, ...some.map(([, row]) => row.more ?? {})) as object;
  const definition = {
    extends: 'leanos/test',
    disk: {usr: '512MiB', state: '512MiB'},
    ...(packages.length === 0 ? {} : {packages: [...new Set(packages)]}),
    ...(overlays.length === 0 ? {} : {overlays}),
    services,
    ...more,
  };
  const image = slug(name);
  writeFileSync(join(project, `images/${image}.yaml`), JSON.stringify(definition));
  return builtDisk(project, image);
}

/** A row's name as that of an image or a folder. */
const slug = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

function overlay(name: string, write: (folder: string) => void): string {
  const path = join('overlays', slug(name));
  write(join(project, path));
  return path;
}

async function booted(disk: string, some: readonly NamedRow[]): Promise<Machine> {
  const cpu = some.map(([, row]) => row.cpu).find((word) => word !== undefined);
  return boot(disk, {
    memoryMib: Math.max(256, ...some.map(([, row]) => row.memoryMib ?? 0)),
    ...(cpu === undefined ? {} : {cpu}),
    timeoutMs: TIMEOUT_MS,
    user: 'leanos',
  });
}

/** Asks until a package answers as it should. */
async function answers(machine: Machine, {ask, answer}: PackageRow): Promise<void> {
  const untilMs = performance.now() + ANSWER_MS;
  let said = '';
  do {
    const {stdout, stderr} = await machine.exec(ask, {root: true});
    said = `${stdout}${stderr}`;
  } while (!answer.test(said) && performance.now() < untilMs);
  expect(said).toMatch(answer);
}

interface Measured {
  readonly bytes: number;
  readonly usedMib: number;
  /** From QEMU's start to the right answer, as a multiple of the time to a login. */
  readonly toAnswer: number;
}

/** Boots an image of its own for some packages, and tells what it weighs, and what memory is taken when they have answered. */
async function measured(name: string, some: readonly NamedRow[]): Promise<Measured> {
  const disk = built(name, some);
  const startedMs = performance.now();
  await using machine = await booted(disk, some);
  const loggedInMs = performance.now();
  for (const [, row] of some) await answers(machine, row);
  const toAnswer = (performance.now() - startedMs) / (loggedInMs - startedMs);
  const {stdout} = await machine.exec(
    `awk '/MemTotal/ {t = $2} /MemAvailable/ {print (t - $2) / 1024}' /proc/meminfo`,
  );
  return {bytes: statSync(disk).size, usedMib: Number(stdout), toAnswer};
}
