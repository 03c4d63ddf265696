import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {file, type Entry} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {xlConfig, type XlValue} from '../../formats/xl-config.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {PAYLOAD_FILE} from './payload-file.ts';

/** Where the guest has what it runs. */
export const PAYLOAD_FOLDER = 'usr/lib/leanos/payload';

export type DomainOptions = {
  readonly type: 'pv' | 'pvh';
  readonly args: string;
  readonly memoryMib: number;
  /** A file that Linux and its like are started with, as an initramfs: the name of an input, or null. */
  readonly ramdisk: string | null;
  /** By the names that the domain knows them by, such as `xvda`; each is the input of the same name. */
  readonly disks: readonly {readonly name: string; readonly readOnly: boolean}[];
};

/** A payload as Xen's one domain: `tree.tar` with it and `domain.xl`, its description but for the card, which is the machine's. */
export const domain = defineStage<DomainOptions, 'kernel'>({
  name: 'domain',
  revision: 1,
  tools: [],
  inputs: ['kernel'],
  timeless: true,
  async build({options, inputs, out}) {
    const tree = new Map<string, Entry>();
    const kept = new Set(options.disks.flatMap(({name, readOnly}) => (readOnly ? [] : [name])));
    for (const [name, folder] of Object.entries(inputs))
      tree.set(
        `${PAYLOAD_FOLDER}/${kept.has(name) ? 'disks/' : ''}${name}`,
        file(await readFile(join(folder, PAYLOAD_FILE)), 0o644),
      );
    tree.set(`${PAYLOAD_FOLDER}/domain.xl`, file(domainConfig(options), 0o644));
    await writeFile(join(out, 'tree.tar'), await encodeTar(tree, 0));
  },
});

/** What xl is told of the domain; who ends it, restarts it and reports it is the guest's own domain script. */
export function domainConfig({type, args, memoryMib, ramdisk, disks}: DomainOptions): string {
  const settings: Record<string, XlValue> = {
    name: 'payload',
    type,
    kernel: `/${PAYLOAD_FOLDER}/kernel`,
    ...(ramdisk === null ? {} : {ramdisk: `/${PAYLOAD_FOLDER}/${ramdisk}`}),
    extra: args,
    memory: memoryMib,
    vcpus: 1,
    disk: disks.map(({name, readOnly}) =>
      [
        'format=raw',
        `vdev=${name}`,
        `access=${readOnly ? 'ro' : 'rw'}`,
        'script=/usr/lib/leanos/xen/block',
        `target=${readOnly ? `/${PAYLOAD_FOLDER}` : KEPT_DISKS}/${name}`,
      ].join(','),
    ),
    on_poweroff: 'destroy',
    on_reboot: 'destroy',
    on_crash: 'destroy',
  };
  return xlConfig(settings);
}

/** Disks that the domain writes to are copied there at the first boot: init-scripts/xen. */
const KEPT_DISKS = '/var/lib/payload/disks';
