import {cp, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import type {PackageOptions} from '../userland/packages.ts';

/** systemd's stub, `stub.efi`: what starts the kernel that lies in the same file (systemd-stub(7)). */
export const efiStub = defineStage<PackageOptions & {readonly file: string}, never>({
  name: 'efi-stub',
  revision: 1,
  tools: [],
  inputs: [],
  timeless: true,
  async build({options: {packages, file}, out, run, fetch}) {
    const unpacked = join(out, '.packages');
    await mkdir(unpacked);
    for (const archive of await fetch(packages)) await run(['dpkg-deb', '--extract', archive, unpacked]);
    await cp(join(unpacked, file), join(out, 'stub.efi'));
    await rm(unpacked, {recursive: true});
  },
});
