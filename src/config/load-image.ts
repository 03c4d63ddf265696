import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import type {KeyFault} from '../core/key-fault.ts';
import {checkServices} from './check-services.ts';
import {diagnose} from './check.ts';
import {readDefinition} from './definition-file.ts';
import {imageDocumentAnchor} from './image-schema.ts';
import {withDefaults} from './image-defaults.ts';
import {imageSchema, USR_COMPRESSIONS, type ImageDefinition, type ImageFile} from './image.ts';
import {debFiles, namedPackages, repositoryDefinitions} from './package-sources.ts';
import {mergePackages} from './packages.ts';
import {withKnownFiles} from './payload.ts';
import {withTemplates} from './service-templates.ts';
import {
  imagesFolder,
  knownPath,
  parseReference,
  placeOf as pathOf,
  plainName,
  rootOf,
  type Places,
} from './places.ts';
import type {ServiceDefinition, ServiceFile} from './services.ts';
import {NO_MORE_SOURCES} from '../system/more-sources.ts';
import {shownPath} from '../system/shown-path.ts';
import type {YamlDocument} from './yaml.ts';

/** A file of a definition, and the folder that what it names is looked for in. */
interface Link {
  readonly root: string;
  readonly document: YamlDocument;
}

/**
 * Reads the image NAME of the project, or `leanos/NAME` of those that leanos brings, and what it extends, checks all of it,
 * and fills in the defaults.
 * @throws LeanosError CONFIG_INVALID with every diagnostic of the files
 */
export async function loadImage(places: Places, name: string): Promise<ImageDefinition> {
  const links = await readChain(places, name);
  const chain = links.map(({document}) => document);
  const unfit = chain
    .filter(({value}) => value !== null)
    .flatMap((document) => diagnose(document, imageSchema));
  if (unfit.length > 0) throw configError(unfit, explainedIn(unfit, places));
  const merged = links.map((link) => withKnownPaths(link, places)).reduceRight(mergeFiles, {});
  const defined = {
    ...withDefaults(plainName(name), merged),
    debs: links
      .toReversed()
      .flatMap(({root, document}) => debFiles(document, (path) => knownPath(path, root, places))),
    more: {...NO_MORE_SOURCES, named: links.flatMap(({document}) => namedPackages(document))},
    repositories: repositoryDefinitions(merged, (path) => placeOf(chain, path, '')),
  };
  const {image, faults} = await withTemplates(defined, places);
  const wrong = [
    ...checkUsr(image.usr, chain),
    ...checkServices(image),
    ...checkContainers(image),
    ...checkOverlays(image, places),
    ...faults,
  ];
  if (wrong.length === 0) return {...image, services: placed(image.services, chain)};
  const diagnostics = wrong.map(({path, message}) => placeOf(chain, path, message));
  throw configError(diagnostics, explainedIn(diagnostics, places));
}

/** The page that explains what is wrong, at the first key that it knows. */
function explainedIn(diagnostics: readonly Diagnostic[], {home}: Places): string {
  const anchor = diagnostics.map(({path}) => imageDocumentAnchor(path)).find((each) => each !== '') ?? '';
  return `${shownPath(join(home, 'docs/images.md'))}${anchor}     explains it`;
}

/** What no schema of one key can say: whether the keys of `usr` go together. */
function checkUsr({format, compression}: ImageDefinition['usr'], chain: readonly YamlDocument[]): KeyFault[] {
  const known: readonly string[] = USR_COMPRESSIONS[format];
  const fault = (key: string, message: string): KeyFault[] => [{path: ['usr', key], message}];
  if (!known.includes(compression))
    return fault('compression', `found "${compression}"; ${format} knows: ${known.join(', ')}`);
  // One of an image that this one extends is none of a compression that takes the place of its own.
  const own = chain.findIndex((document) => says(document, ['usr', 'compression']));
  const level = chain.findIndex((document) => says(document, ['usr', 'level']));
  if (compression === 'zstd' || level === -1 || level > own) return [];
  return fault('level', `${compression} has no levels; only zstd is given one`);
}

function checkContainers({containers, base}: ImageDefinition): KeyFault[] {
  if (!containers || base.userland === 'debian') return [];
  const message = `a userland of ${base.userland} has neither crun nor curl; \`base: {userland: debian}\` has them`;
  return [{path: ['containers'], message}];
}

function checkOverlays({overlays}: ImageDefinition, places: Places): KeyFault[] {
  return overlays.flatMap((overlay) => {
    const {root, path} = pathOf(overlay, places);
    const folder = join(root, path);
    return existsSync(folder)
      ? []
      : [
          {
            path: ['overlays'],
            message: `there is no folder ${shownPath(folder)}; one is needed that has what is laid over the root filesystem, such as etc/motd`,
          },
        ];
  });
}

/** A diagnostic in the file of a chain that has the last word on a key, or on what it is of. */
function placeOf(chain: readonly YamlDocument[], path: readonly string[], message: string): Diagnostic {
  const document =
    chain.find((each) => says(each, path)) ?? chain.find((each) => says(each, path.slice(0, -1))) ?? chain[0];
  return document?.at(path, message) ?? {file: '', line: 1, column: 1, path: path.join('.'), message};
}

/** Services with the places of their keys. */
function placed(services: readonly ServiceDefinition[], chain: readonly YamlDocument[]): ServiceDefinition[] {
  return services.map((service) => {
    const places = service.said.map((key) => [key, placeOf(chain, ['services', service.name, key], '')]);
    return {...service, places: Object.fromEntries(places) as ServiceDefinition['places']};
  });
}

function says({value}: YamlDocument, path: readonly string[]): boolean {
  return path.reduce<unknown>((found, key) => (isMap(found) ? found[key] : undefined), value) !== undefined;
}

/** The image's file, the one it extends, and so on. A plain name is one of the folder that the file which says it is in. */
async function readChain(places: Places, name: string): Promise<Link[]> {
  const chain: Link[] = [];
  const names: string[] = [];
  const seen = new Set<string>();
  let root = places.project;
  for (let next: string | undefined = name; next !== undefined;) {
    const reference = parseReference(next);
    const from = chain.at(-1)?.document;
    root = rootOf(reference, places, root);
    names.push(next);
    const folder = imagesFolder(root);
    const path = `${folder}/${reference.name}`;
    if (seen.has(path)) throw configError([cycle(from, names)]);
    seen.add(path);
    const beside = root === places.home ? undefined : imagesFolder(places.home);
    const where = {kind: 'image', from: from?.at(['extends'], ''), beside} as const;
    const document = await readDefinition(folder, reference.name, where);
    chain.push({root, document});
    const {value} = document;
    const parent: unknown = isMap(value) ? value['extends'] : undefined;
    next = typeof parent === 'string' ? parent : undefined;
  }
  return chain;
}

/** What a file says, its paths as they are known outside of its folder. */
function withKnownPaths({root, document}: Link, places: Places): ImageFile {
  const file = (document.value ?? {}) as ImageFile;
  const knownOne = (path: string) => knownPath(path, root, places);
  const known = (paths: readonly string[]) => paths.map(knownOne);
  const {overlays, kernel, busybox, payload, repositories, services} = file;
  return {
    ...file,
    ...(overlays === undefined ? {} : {overlays: known(overlays)}),
    ...(kernel?.fragments === undefined ? {} : {kernel: {...kernel, fragments: known(kernel.fragments)}}),
    ...(typeof busybox === 'object' && busybox.fragments !== undefined
      ? {busybox: {fragments: known(busybox.fragments)}}
      : {}),
    ...(repositories === undefined ? {} : {repositories: withKnownKeyrings(repositories, knownOne)}),
    ...(payload === undefined ? {} : {payload: withKnownFiles(payload, knownOne)}),
    ...(services === undefined
      ? {}
      : {services: mapValues(services, (each) => withTemplatePaths(each, knownOne))}),
  };
}

function withKnownKeyrings(
  repositories: NonNullable<ImageFile['repositories']>,
  known: (path: string) => string,
): NonNullable<ImageFile['repositories']> {
  return mapValues(repositories, (each) => ({...each, keyring: known(each.keyring)}));
}

function withTemplatePaths(service: ServiceFile, known: (path: string) => string): ServiceFile {
  if (service.files === undefined) return service;
  const files = mapValues(service.files, (said) =>
    typeof said === 'string' ? known(said) : {...said, template: known(said.template)},
  );
  return {...service, files};
}

function mapValues<Value>(
  map: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}

function cycle(last: YamlDocument | undefined, names: readonly string[]): Diagnostic {
  const message = `the images extend each other in a circle: ${names.join(' → ')}`;
  return last?.at(['extends'], message) ?? {file: '', line: 1, column: 1, path: 'extends', message};
}

/** Lays a definition over the one it extends: maps key by key, lists and values whole; packages and drivers are more. */
function mergeFiles(under: ImageFile, over: ImageFile): ImageFile {
  return {
    ...mergeMaps(under, over),
    packages: mergePackages(under.packages, over.packages),
    modules: {
      boot: [...(under.modules?.boot ?? []), ...(over.modules?.boot ?? [])],
      usr: [...(under.modules?.usr ?? []), ...(over.modules?.usr ?? [])],
    },
  };
}

function mergeMaps(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = {...under};
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(value) && isMap(below) ? mergeMaps(below, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
