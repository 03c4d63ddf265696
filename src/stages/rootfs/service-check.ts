import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {KeyFaultsError, type KeyFault} from '../../core/key-fault.ts';
import type {FileTree} from '../../formats/file-tree.ts';
import {parseServiceRow} from '../../formats/service-row.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {serviceLacks} from './service-needs.ts';

export type ServiceCheckOptions = {
  /** The services of the definition, each with the keys that it has. */
  readonly services: readonly {readonly name: string; readonly said: readonly string[]}[];
};

const ROWS = 'usr/etc/leanos-init/services';
/** Keys of a definition that decide a variable of a row, where it has them; else that is what it runs. */
const KEYS: Readonly<Record<string, string>> = {HEALTH: 'health', RUN_AS: 'user'};

/** Nothing: ends the build where a service asks for what is not in the image. `services.json` names those that were looked at. */
export const serviceCheck = defineStage<ServiceCheckOptions, 'rootfs'>({
  name: 'service-check',
  revision: 1,
  tools: [],
  inputs: ['rootfs'],
  timeless: true,
  detail: ({services}) => services.map(({name}) => name).join(', '),
  async build({options, inputs, out}) {
    const tree = await readTree(inputs.rootfs, 'usr.tar');
    const faults = options.services.flatMap((service) => faultsOf(service, tree));
    if (faults.length > 0) throw new KeyFaultsError(faults);
    await writeFile(
      join(out, 'services.json'),
      `${JSON.stringify(options.services.map(({name}) => name))}\n`,
    );
  },
});

function faultsOf(
  {name, said}: ServiceCheckOptions['services'][number],
  tree: FileTree,
): readonly KeyFault[] {
  const entry = tree.get(`${ROWS}/${name}`);
  const row = parseServiceRow(entry?.type === 'file' ? entry.data.toString('utf8') : '');
  const files = `${ROWS}/${name}.files`;
  const made = [...tree.keys()].flatMap((path) =>
    path.startsWith(`${files}/`) ? [path.slice(files.length)] : [],
  );
  return serviceLacks(row, tree, made).map(({variable, message, missing}) => {
    const key = [KEYS[variable], 'unit', 'run'].find((each) => each !== undefined && said.includes(each));
    return {
      path: ['services', name, key ?? 'run'],
      message,
      ...(missing === undefined ? {} : {missing}),
    };
  });
}
