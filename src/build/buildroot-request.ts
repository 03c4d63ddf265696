import {readdir, readFile} from 'node:fs/promises';
import {resolve, join} from 'node:path';
import type {ImageDefinition} from '../config/image.ts';
import {placeOf, type Places} from '../config/places.ts';
import type {Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {variableName} from '../formats/buildroot.ts';
import {TREE_FOLDER} from '../formats/external-tree.ts';
import type {BuildrootRequest, SourceFolder} from '../recipes/buildroot.ts';
import {kernelOptions} from '../recipes/hardware.ts';
import {LINKINGS, optimizationOf, type Linking} from '../recipes/linking.ts';
import type {BuildrootSourceOptions} from '../stages/buildroot/buildroot-source.ts';
import type {VulnerabilitiesOptions} from '../stages/buildroot/vulnerabilities.ts';
import {folderState} from '../system/folder-state.ts';
import type {Run} from '../system/run.ts';
import {shownPath} from '../system/shown-path.ts';
import {projectTree} from './project-tree.ts';
import {renderTemplate} from './template.ts';

const DEFCONFIG_TEMPLATE = 'src/stages/buildroot/defconfig.hbs';
/** The parts of leanos' tree by what they decide, without its overlays: a package's recipe is no reason to build the kernel anew. */
const externalParts = (
  arch: string,
  {overrides}: Linking,
): {readonly kernel: string; readonly userland: string} => ({
  kernel: String.raw`^(external\.(desc|mk)|Config\.in|board/(linux(-${arch})?\.fragment|host-tools\.mk)|package/[^/]+/Config\.in)$`,
  userland: String.raw`^(external\.(desc|mk)|Config\.in|board/(busybox\.fragment|host-tools\.mk|debian-sources.*${overrides.map((name) => String.raw`|${name}\.mk`).join('')})|package/.*)$`,
});
const PACKAGES_FIRST = 'leanos/buildroot-overlays/board/busybox-packages-first.fragment';
const SUDO = ['opendoas'];
const CCACHE_SIZE = '2G';

/** What decides a build by Buildroot: reads leanos' files and the project's, builds nothing. */
export async function buildrootRequest(
  places: Places,
  {
    image,
    arch,
    run,
    source,
    ofProject,
    nvd,
  }: {
    image: ImageDefinition;
    arch: Architecture;
    run: Run;
    /** Reads a folder of leanos. */
    source: (folder: string, only: string) => Promise<SourceFolder>;
    /** Reads a folder of the project. */
    ofProject: (folder: string, only: string) => Promise<SourceFolder>;
    nvd?: string | undefined;
  },
): Promise<BuildrootRequest> {
  const linking = LINKINGS[image.buildroot.linking];
  const fragments = {
    linux: withHardware(await joined(places, image.kernel.fragments), image, arch),
    busybox: await joined(places, busyboxFragments(image)),
  };
  const render = (how: Linking, values: Readonly<Record<string, unknown>>) =>
    renderTemplate(join(places.home, DEFCONFIG_TEMPLATE), {
      ...defconfigValues(image, arch, how),
      own: true,
      ...values,
    });
  return {
    source: await sourceOptions(image, run),
    ...(nvd === undefined ? {} : {nvd: await feeds(nvd, run)}),
    fragments,
    defconfig: {
      // It is linked by itself: no kernel is built anew because its userland is linked otherwise.
      kernel: await render(LINKINGS.static, {
        what: 'the kernel',
        kernel: {...kernelValues(arch), fragments: fragments.linux},
      }),
      userland: await render(linking, {
        what: 'the userland',
        userland: {packages: packageSymbols(image), fragments: fragments.busybox},
        debian: image.buildroot.sources === 'debian',
        config: image.buildroot.config,
      }),
    },
    external: {
      kernel: await source(TREE_FOLDER, externalParts(arch.name, linking).kernel),
      userland: await source(TREE_FOLDER, externalParts(arch.name, linking).userland),
    },
    project: await projectTree(places, ofProject),
  };
}

/** The configuration that `make leanos_ARCH_defconfig` takes in a Buildroot folder, without leanos. */
export async function standaloneDefconfig(
  home: string,
  image: ImageDefinition,
  arch: Architecture,
): Promise<string> {
  return renderTemplate(join(home, DEFCONFIG_TEMPLATE), {
    ...defconfigValues(image, arch, LINKINGS[image.buildroot.linking]),
    own: false,
    what: 'kernel and userland in one, for Buildroot alone',
    kernel: {...kernelValues(arch), fragments: null},
    userland: {packages: packageSymbols(image), fragments: null},
    config: image.buildroot.config,
  });
}

function defconfigValues(
  {buildroot}: ImageDefinition,
  arch: Architecture,
  linking: Linking,
): Record<string, unknown> {
  const isMirror = !['upstream', 'debian'].includes(buildroot.sources);
  return {
    arch: arch.name,
    target: arch.buildroot.target,
    musl: arch.buildroot.musl,
    linking: linking.line,
    overrides: linking.overrides,
    optimization: optimizationOf(linking, arch.buildroot.optimization),
    ccacheSize: CCACHE_SIZE,
    debian: false,
    mirror: isMirror ? buildroot.sources : null,
    config: [],
    kernel: null,
    userland: null,
  };
}

function kernelValues({buildroot}: Architecture): Record<string, unknown> {
  return {image: buildroot.kernelLines};
}

/** Where the programs of packages come first, BusyBox must not take its own. */
function busyboxFragments({busybox: {linking, fragments}, buildroot}: ImageDefinition): readonly string[] {
  const first = linking === 'shared' ? [PACKAGES_FIRST] : [];
  return [...LINKINGS[buildroot.linking].busyboxFragments, ...first, ...fragments];
}

function packageSymbols({packages, login}: ImageDefinition): string[] {
  const names = [...(login.sudo ? SUDO : []), ...packages.buildroot.map(({name}) => name)];
  return names.map((name) => `BR2_PACKAGE_${variableName(name)}`);
}

async function sourceOptions({buildroot}: ImageDefinition, run: Run): Promise<BuildrootSourceOptions> {
  const {source} = buildroot;
  if (source.kind !== 'folder') return {...source};
  const path = resolve(source.path);
  const makefile = await readFile(join(path, 'Makefile'), 'utf8').catch(() => '');
  if (!makefile.includes('BR2_VERSION'))
    throw new LeanosError(
      'USAGE',
      `${source.path} is no Buildroot folder: it has no Makefile with BR2_VERSION`,
      {
        hint: '--buildroot DIR     takes a Buildroot that was unpacked or cloned',
      },
    );
  return {kind: 'folder', path, digest: await folderState(path, run)};
}

/** The feeds in the state that they are in. @throws LeanosError USAGE where the folder has none */
async function feeds(folder: string, run: Run): Promise<VulnerabilitiesOptions> {
  const path = resolve(folder);
  const names: string[] = await readdir(path).catch(() => []);
  if (!names.some((name) => /^CVE-\d{4}$/.test(name)))
    throw new LeanosError('USAGE', `--nvd: ${folder} has no folders CVE-YEAR`, {
      hint: 'git clone --depth 1 https://github.com/fkie-cad/nvd-json-data-feeds     brings the feeds here',
    });
  return {path, digest: await folderState(path, run)};
}

/** What the kernel needs for the image's hardware comes first: the image's own fragments have the last word. */
function withHardware(own: string | null, image: ImageDefinition, arch: Architecture): string | null {
  const lines = kernelOptions(image, arch);
  return lines === '' ? own : `${lines}${own ?? ''}`;
}

/** The fragments of an image as one text, in their order. */
async function joined(places: Places, files: readonly string[]): Promise<string | null> {
  if (files.length === 0) return null;
  const texts = await Promise.all(
    files.map((file) => {
      const {root, path} = placeOf(file, places);
      return readFile(join(root, path), 'utf8').catch(() => {
        throw new LeanosError('CONFIG_INVALID', `fragments: there is no file ${shownPath(join(root, path))}`);
      });
    }),
  );
  return texts.join('\n');
}
