import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';

export type Qcow2Options = {readonly compressed: boolean};

/** The disk as a plain, compressed qcow2 version 3, `disk.qcow2`: no backing file, no external data. */
export const qcow2 = defineStage<Qcow2Options, 'disk'>({
  name: 'qcow2',
  revision: 1,
  tools: ['qemu-img'],
  inputs: ['disk'],
  timeless: true,
  async build({options, inputs, out, run}) {
    await run([
      'qemu-img',
      'convert',
      ...['-f', 'raw', '-O', 'qcow2', '-o', 'compat=1.1'],
      ...(options.compressed ? ['-c'] : []),
      join(inputs.disk, 'disk.raw'),
      join(out, 'disk.qcow2'),
    ]);
  },
});
