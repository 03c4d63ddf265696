import {join} from 'node:path';
import type {ImageDefinition} from '../config/image.ts';
import {hostArchitecture, type Architecture} from '../core/architecture.ts';
import {partitionNumber} from '../formats/disk-layout.ts';
import {compilerOn, needsBuildroot, type ImageInputs} from '../recipes/inputs.ts';
import type {SourceFolder} from '../recipes/buildroot.ts';
import type {ImageRequest, UpdateConfig} from '../recipes/image-request.ts';
import {digestSourceTree} from '../stages/source-tree.ts';
import {indexModes, type CheckoutTime} from '../system/checkout.ts';
import type {Run} from '../system/run.ts';
import {buildrootRequest} from './buildroot-request.ts';
import {renderTemplate} from './template.ts';

/** The folders of the checkout that every image takes: the guest's scripts and its static files. */
const NATIVE_PROGRAMS = 'init-scripts/native';
const INITRAMFS_SCRIPTS = 'init-scripts/initramfs';
const SHARED_SCRIPTS = 'init-scripts/shared';
const ROOTFS_SCRIPTS = 'init-scripts/rootfs';
const ROOTFS_FILES = 'buildroot-overlays/rootfs';
const GRUB_TEMPLATE = 'src/stages/boot/grub.cfg.hbs';

/** Gathers all that decides an image: reads a checkout, builds nothing. */
export async function imageRequest(
  checkout: string,
  parts: {
    readonly image: ImageDefinition;
    readonly arch: Architecture;
    readonly inputs: ImageInputs;
    readonly time: Pick<CheckoutTime, 'epoch' | 'commit'>;
    readonly version: string;
    readonly update: UpdateConfig;
    readonly run: Run;
    /** The feeds of vulnerabilities. */
    readonly nvd?: string | undefined;
  },
): Promise<ImageRequest> {
  const {image, arch, inputs, time, version, update, run, nvd} = parts;
  const modes = await indexModes(checkout, run);
  const source = async (folder: string, only?: string): Promise<SourceFolder> => {
    const taken = {
      ...(only === undefined ? {} : {only}),
      ...(modes === undefined ? {} : {executable: below(folder, modes)}),
    };
    return {folder, digest: await digestSourceTree(join(checkout, folder), taken), ...taken};
  };
  const host = hostArchitecture();
  return {
    image,
    arch,
    host,
    inputs,
    epoch: time.epoch,
    commit: time.commit,
    version,
    update,
    compiler: compilerOn(image, arch, host),
    sources: {
      native: await source(NATIVE_PROGRAMS),
      initramfs: {...(await source(INITRAMFS_SCRIPTS)), bare: true},
      shared: {...(await source(SHARED_SCRIPTS)), bare: true},
      rootfs: {...(await source(ROOTFS_SCRIPTS)), bare: true},
      overlays: await Promise.all([ROOTFS_FILES, ...image.overlays].map((folder) => source(folder))),
    },
    grubConfig: await renderTemplate(join(checkout, GRUB_TEMPLATE), {
      espNumber: partitionNumber('ESP'),
      stateNumber: partitionNumber('STATE'),
    }),
    ...(needsBuildroot(image)
      ? {buildroot: await buildrootRequest(checkout, {image, arch, run, source, nvd})}
      : {}),
  };
}

/** The paths in a folder, seen from it. */
function below(folder: string, paths: readonly string[]): string[] {
  const start = `${folder}/`;
  return paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
}
