import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';

/**
 * A kernel that does not decompress itself, `vmlinuz`, as disks have it: GRUB's module gzio decompresses it. The fewest bytes that
 * gzip can make of it are not worth their time.
 */
export const compressedKernel = defineStage<Record<string, never>, 'kernel'>({
  name: 'compressed-kernel',
  revision: 2,
  tools: ['gzip'],
  inputs: ['kernel'],
  timeless: true,
  async build({inputs, out, run}) {
    await run(['gzip', '-6', '--no-name', '--stdout'], {
      inputFile: join(inputs.kernel, 'vmlinuz'),
      outputFile: join(out, 'vmlinuz'),
    });
  },
});
