import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';

/** A kernel that does not decompress itself, `vmlinuz`, as disks have it: GRUB's module gzio decompresses it. */
export const compressedKernel = defineStage<Record<string, never>, 'kernel'>({
  name: 'compressed-kernel',
  revision: 1,
  tools: ['gzip'],
  inputs: ['kernel'],
  timeless: true,
  async build({inputs, out, run}) {
    await run(['gzip', '-9', '--no-name', '--stdout'], {
      inputFile: join(inputs.kernel, 'vmlinuz'),
      outputFile: join(out, 'vmlinuz'),
    });
  },
});
