import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ImageDefinition} from '../config/image.ts';
import {placeOf} from '../config/places.ts';
import {hostArchitecture, type Architecture} from '../core/architecture.ts';
import {partitionNumber} from '../formats/disk-layout.ts';
import {needsBuildroot} from '../recipes/input-request.ts';
import type {ImageInputs} from '../recipes/inputs.ts';
import type {SourceFolder} from '../recipes/buildroot.ts';
import type {SourceRoot} from '../pipeline/stage.ts';
import type {ImageRequest, UpdateConfig} from '../recipes/image-request.ts';
import {DESCRIPTIONS} from '../recipes/payload/describe.ts';
import type {PayloadRequest} from '../recipes/payload/payload-request.ts';
import type {ImageFormat} from '../stages/format/image-format.ts';
import {imageFormatOf} from '../stages/format/image-formats.ts';
import {below, digestSourceTree} from '../stages/source-tree.ts';
import {indexModes, type CheckoutTime} from '../system/checkout.ts';
import type {Run} from '../system/run.ts';
import {buildrootRequest} from './buildroot-request.ts';
import {placesOf, type Origin} from './origin.ts';
import {renderTemplate} from './template.ts';

/** The folders of leanos that every image takes: the guest's scripts and its static files. */
const NATIVE_PROGRAMS = 'init-scripts/native';
const INITRAMFS_SCRIPTS = 'init-scripts/initramfs';
const SHARED_SCRIPTS = 'init-scripts/shared';
const ROOTFS_SCRIPTS = 'init-scripts/rootfs';
const SERVICE_SCRIPTS = 'init-scripts/services';
const CONTAINER_SCRIPTS = 'init-scripts/containers';
const PACKAGE_SCRIPTS = 'init-scripts/packages';
const XEN_SCRIPTS = 'init-scripts/xen';
const ROOTFS_FILES = 'buildroot-overlays/rootfs';
const DESCRIBE_TEMPLATES = 'src/recipes/payload';
const FORMAT_TEMPLATES = 'src/stages/format';
const GRUB_TEMPLATE = 'src/stages/boot/grub.cfg.hbs';
const PAYLOAD_TEMPLATE = 'src/stages/boot/payload.cfg.hbs';

/** Gathers all that decides an image: reads leanos' files and the project's, builds nothing. */
export async function imageRequest(
  origin: Pick<Origin, 'home' | 'project'>,
  parts: {
    readonly image: ImageDefinition;
    readonly arch: Architecture;
    readonly inputs: ImageInputs;
    readonly time: Pick<CheckoutTime, 'epoch' | 'commit'>;
    readonly version: string;
    readonly update: UpdateConfig;
    readonly payload?: PayloadRequest | undefined;
    readonly run: Run;
    /** The feeds of vulnerabilities. */
    readonly nvd?: string | undefined;
  },
): Promise<ImageRequest> {
  const {image, arch, inputs, time, version, update, payload, run, nvd} = parts;
  const {home, project} = origin;
  const places = placesOf(origin);
  const brought = await sourcesIn(home, run);
  const written = home.path === project.path ? brought : await sourcesIn(project, run);
  const overlay = async (path: string): Promise<SourceFolder> => {
    const place = placeOf(path, places);
    return place.root === home.path ? brought(place.path) : written(place.path);
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
    payload,
    sources: {
      native: await brought(NATIVE_PROGRAMS),
      initramfs: {...(await brought(INITRAMFS_SCRIPTS)), bare: true},
      shared: {...(await brought(SHARED_SCRIPTS)), bare: true},
      rootfs: {...(await brought(ROOTFS_SCRIPTS)), bare: true},
      services: {...(await brought(SERVICE_SCRIPTS)), bare: true},
      containers: {...(await brought(CONTAINER_SCRIPTS)), bare: true},
      packages: {...(await brought(PACKAGE_SCRIPTS)), bare: true},
      xen: {...(await brought(XEN_SCRIPTS)), bare: true},
      overlays: [await brought(ROOTFS_FILES), ...(await Promise.all(image.overlays.map(overlay)))],
    },
    grubConfig: await renderTemplate(join(home.path, GRUB_TEMPLATE), {
      espNumber: partitionNumber('ESP'),
      stateNumber: partitionNumber('STATE'),
      namesDisks: arch.grub.openFirmware === undefined,
      hypervisor: image.hypervisor,
    }),
    payloadConfig: await renderTemplate(join(home.path, PAYLOAD_TEMPLATE), {}),
    describeTemplates: await textsOf(join(home.path, DESCRIBE_TEMPLATES), Object.values(DESCRIPTIONS)),
    formatTemplates: await formatTemplates(join(home.path, FORMAT_TEMPLATES), image),
    ...(needsBuildroot(image)
      ? {
          buildroot: await buildrootRequest(places, {
            image,
            arch,
            run,
            source: brought,
            ofProject: written,
            nvd,
          }),
        }
      : {}),
  };
}

/** The texts of the templates of an image's formats, and of those that these are made of. */
async function formatTemplates(folder: string, image: ImageDefinition): Promise<Record<string, string>> {
  const files = new Set(image.formats.flatMap((name) => templatesOf(imageFormatOf(name))));
  return textsOf(folder, [...files]);
}

/** Texts of a folder by the names of their files. */
async function textsOf(folder: string, files: readonly string[]): Promise<Record<string, string>> {
  const texts = await Promise.all(
    files.map(async (file): Promise<[string, string]> => [file, await readFile(join(folder, file), 'utf8')]),
  );
  return Object.fromEntries(texts);
}

function templatesOf({templates = {}, parts}: ImageFormat): string[] {
  const below = Object.values(parts).flatMap((part) => (typeof part === 'string' ? [] : templatesOf(part)));
  return [...Object.values(templates), ...below];
}

type Sources = (folder: string, only?: string) => Promise<SourceFolder>;

/** Reads folders of leanos or of a project. */
async function sourcesIn(root: SourceRoot, run: Run): Promise<Sources> {
  const modes = root.executable === undefined ? await indexModes(root.path, run) : undefined;
  return async (folder, only) => {
    const taken = {
      ...(only === undefined ? {} : {only}),
      ...(modes === undefined ? {} : {executable: below(folder, modes)}),
    };
    return {folder, digest: await digestSourceTree(root, folder, taken), ...taken};
  };
}
