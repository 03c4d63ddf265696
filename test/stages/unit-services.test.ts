import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {file, symlink, type Entry} from '../../src/formats/file-tree.ts';
import {decodeTar, encodeTar} from '../../src/formats/tar.ts';
import {unitServices, type UnitServicesOptions} from '../../src/stages/rootfs/unit-services.ts';
import {temporary} from '../support/temporary.ts';

const FOLDER = 'usr/lib/systemd/system';

/** Builds rows of units of packages, and of one overlay over them. */
async function rows(
  services: readonly Partial<UnitServicesOptions['services'][number]>[],
  packages: Readonly<Record<string, Entry>>,
  overlay: Readonly<Record<string, Entry>> = {},
): Promise<{files: Record<string, string>; accounts: unknown; notes: string[]}> {
  const folder = temporary();
  for (const name of ['units', 'overlay', 'out']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'units/units.tar'), await encodeTar(new Map(Object.entries(packages)), 0));
  writeFileSync(join(folder, 'overlay/tree.tar'), await encodeTar(new Map(Object.entries(overlay)), 0));
  const out = join(folder, 'out');
  const notes: string[] = [];
  const context = {
    options: {
      services: services.map((each) => ({
        name: 'web',
        unit: 'web.service',
        without: [],
        variables: {},
        ...each,
      })),
    },
    inputs: {units: join(folder, 'units'), 'overlay-0': join(folder, 'overlay')},
    out,
    note: (text: string) => notes.push(text),
  };
  await unitServices.build(context as unknown as Parameters<typeof unitServices.build>[0]);
  const tree = await decodeTar(readFileSync(join(out, 'tree.tar')));
  const files = [...tree].flatMap(([path, entry]) =>
    entry.type === 'file' ? [[path, entry.data.toString()]] : [],
  );
  return {
    files: Object.fromEntries(files) as Record<string, string>,
    accounts: JSON.parse(readFileSync(join(out, 'accounts.json'), 'utf8')) as unknown,
    notes,
  };
}

test('a row says what the unit does, and what the definition says in its place; its files of variables come with it', async () => {
  const unit =
    '[Service]\nExecStart=/a\nUser=www\nEnvironment=A=1\nEnvironmentFile=/etc/default/web\nMemoryMax=1M\nPrivateTmp=1\n';
  const {files, accounts, notes} = await rows([{variables: {MEMORY: '4096', ENVIRONMENT: "'B=2'"}}], {
    [`lib/systemd/system/real.service`]: file(unit),
    [`lib/systemd/system/web.service`]: symlink('real.service'),
    'etc/default/web': file('C=3\n'),
  });
  expect(files['etc/default/web']).toBe('C=3\n');
  const row = files['etc/leanos-init/services/web'];
  expect(row).toContain(String.raw`ENVIRONMENT=''\''A=1'\'' '\''B=2'\'''`);
  expect(row).toContain("MEMORY='4096'\n");
  expect(row).toContain('# Left out: PrivateTmp\n');
  expect(accounts).toEqual([{user: 'www', group: 'www', groups: [], comment: 'www'}]);
  expect(notes).toEqual([
    'services.web: web.service asks for PrivateTmp; confined: true has what leanos has of that',
  ]);
});

test('what a project lays over its image counts more than a package', async () => {
  const path = `${FOLDER}/web.service`;
  const {files} = await rows(
    [{}],
    {[path]: file('[Service]\nExecStart=/a\n')},
    {
      [path]: file('[Service]\nExecStart=/b\n'),
    },
  );
  expect(files['etc/leanos-init/services/web']).toContain(String.raw`COMMAND=''\''/b'\'''`);
});

test.each<[string, Readonly<Record<string, Entry>>, RegExp]>([
  [
    'a unit that is nowhere',
    {},
    /services\.web\.unit: there is no web\.service in the packages and overlays/,
  ],
  [
    'lines that nobody understands, all of them',
    {[`${FOLDER}/web.service`]: file('[Service]\nExecStart=/a\nExecStartPost=/b\nSockets=c\n')},
    /services\.web\.unit: web\.service says what leanos does not understand:\n {2}ExecStartPost=\/b\n {2}Sockets=c/,
  ],
  [
    'a unit without a program',
    {[`${FOLDER}/web.service`]: file('[Service]\nUser=x\n')},
    /services\.web\.unit: web\.service has no ExecStart/,
  ],
])('%s: refused', async (_what, packages, message) => {
  await expect(rows([{}], packages)).rejects.toThrow(message);
});
