import {writeFile} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {KeyFaultsError} from '../../core/key-fault.ts';
import type {Account} from '../../formats/accounts.ts';
import {file, type FileTree} from '../../formats/file-tree.ts';
import {formatServiceRow, type RowVariables} from '../../formats/service-row.ts';
import {encodeTar} from '../../formats/tar.ts';
import {unitService, type UnitService} from '../../formats/unit/unit-service.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';

export type UnitServicesOptions = {
  /** The service, its unit, keys of that which are left out on purpose, and what the definition says in place of the unit. */
  readonly services: readonly {
    readonly name: string;
    readonly unit: string;
    readonly without: readonly string[];
    readonly variables: RowVariables;
  }[];
};

/** Where units are: systemd.unit(5). What a project lays over its image comes first. */
const FOLDERS = ['etc/systemd/system', 'usr/lib/systemd/system', 'lib/systemd/system'];
/** Variables of a row that a definition adds to, where others take the place of what the unit says. */
const ADDED = ['ENVIRONMENT', 'WRITES'];

/**
 * Rows of services whose definition names a unit of systemd, as `tree.tar`, with the files of variables that the units read;
 * `accounts.json` has whom they run as. Inputs: `units`, the units of packages, and any number of overlays.
 */
export const unitServices = defineStage<UnitServicesOptions, 'units'>({
  name: 'unit-services',
  revision: 1,
  tools: [],
  inputs: ['units'],
  timeless: true,
  detail: ({services}) => services.map(({unit}) => unit).join(', '),
  async build({options, inputs, out, note}) {
    const trees = await treesOf(inputs);
    const tree = new Map<string, ReturnType<typeof file>>();
    const accounts: Account[] = [];
    for (const service of options.services) {
      const said = read(service, trees);
      tree.set(`etc/leanos-init/services/${service.name}`, file(rowOf(service, said), 0o644));
      for (const path of said.environmentFiles) {
        const data = dataOf(path.slice(1), trees);
        if (data !== undefined) tree.set(path.slice(1), file(data, 0o644));
      }
      if (said.user !== 'root')
        accounts.push({user: said.user, group: said.group ?? said.user, groups: [], comment: said.user});
      if (said.leftOut.length > 0)
        note(
          `services.${service.name}: ${service.unit} asks for ${said.leftOut.join(', ')}; confined: true has what leanos has of that`,
        );
    }
    await writeFile(join(out, 'tree.tar'), await encodeTar(tree, 0));
    await writeFile(join(out, 'accounts.json'), `${JSON.stringify(accounts, null, 1)}\n`);
  },
});

/** The overlays, the last one first, then the packages. */
async function treesOf(inputs: Readonly<Record<string, string>>): Promise<readonly FileTree[]> {
  const overlays = Object.keys(inputs)
    .filter((name) => name !== 'units')
    .reverse();
  return Promise.all([
    ...overlays.map((name) => readTree(inputs[name] ?? '', 'tree.tar')),
    readTree(inputs['units'] ?? '', 'units.tar'),
  ]);
}

function read(service: UnitServicesOptions['services'][number], trees: readonly FileTree[]): UnitService {
  const {name, unit, without} = service;
  const data = FOLDERS.map((folder) => dataOf(`${folder}/${unit}`, trees)).find((each) => each !== undefined);
  const fault = (message: string, hint?: string): KeyFaultsError =>
    new KeyFaultsError([{path: ['services', name, 'unit'], message}], hint === undefined ? {} : {hint});
  if (data === undefined)
    throw fault(
      `there is no ${unit} in the packages and overlays of the image`,
      'packages: […] names the package that has it; run: says the program without one',
    );
  const said = unitService(data.toString('utf8'), {name, unit, without});
  const keys = [...new Set(said.unknown.map((line) => line.replace(/=.*$/s, '')))];
  if (keys.length > 0)
    throw fault(
      `${unit} says what leanos does not understand:\n${said.unknown.map((line) => `  ${line}`).join('\n')}`,
      `without: [${keys.join(', ')}]     beside unit: leaves it out`,
    );
  if (said.variables['COMMAND'] === '') throw fault(`${unit} has no ExecStart`);
  return said;
}

/** What a file holds, in the first tree that has it; links are followed. */
function dataOf(path: string, trees: readonly FileTree[]): Buffer | undefined {
  for (const tree of trees) {
    let entry = tree.get(path);
    let at = path;
    for (let links = 0; entry?.type === 'symlink' && links < 8; links += 1) {
      at = posix.join('/', posix.dirname(at), entry.target).slice(1);
      entry = tree.get(entry.target.startsWith('/') ? entry.target.slice(1) : at);
    }
    if (entry?.type === 'file') return entry.data;
  }
  return undefined;
}

function rowOf({unit, variables}: UnitServicesOptions['services'][number], said: UnitService): string {
  const merged = {...said.variables, ...variables};
  for (const name of ADDED)
    merged[name] = [said.variables[name], variables[name]]
      .filter((text) => text !== undefined && text !== '')
      .join(' ');
  const comments = [
    `A service, of ${unit}. What this machine says instead is in a file of the same name with .local at its end.`,
    ...(said.leftOut.length === 0 ? [] : [`Left out: ${said.leftOut.join(' ')}`]),
  ];
  return formatServiceRow(comments, merged);
}
