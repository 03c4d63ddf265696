import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ImageDefinition} from '../config/image.ts';
import {parseArchives} from '../core/archives.ts';
import type {SourceRoot} from '../pipeline/stage.ts';
import type {AptSources} from '../system/apt.ts';
import {cachePaths, type CachePaths} from '../system/cache.ts';
import {shownPath} from '../system/shown-path.ts';

const DEBIAN_MIRROR = 'http://deb.debian.org/debian';
const DEBIAN_SECURITY_MIRROR = 'http://deb.debian.org/debian-security';
/** What `npm pack` writes beside leanos' own files: see scripts/prepack.mjs. */
const PACKED = 'dist/packed.json';

/** Where leanos comes from, and what a package of npm cannot hold of its files. */
interface Packed {
  readonly commit: {readonly id: string; readonly epoch: number};
  readonly links: Readonly<Record<string, string>>;
  readonly executable: readonly string[];
}

/** What leanos brings: its guest scripts, overlays, keys, templates, and the definitions that `leanos/NAME` names. */
export interface Home extends SourceRoot {
  /** The commit that a package was made from; its time in seconds since 1970. */
  readonly commit?: Packed['commit'] | undefined;
}

/** Where everything is for one command. */
export interface Workspace {
  readonly home: Home;
  /** The folder of what the user writes; where there is no project, leanos' own, to be read alone. */
  readonly project: string;
  /** Whether there is a project: a folder with definitions, at or above the place where the user stands. */
  readonly hasProject: boolean;
  /** The folder whose channels/ count: a project without any goes by those of leanos. */
  readonly channels: string;
  /** Where results go unless something else is asked for, as the user would write it. */
  readonly out: string;
  readonly cache: CachePaths;
  /** leanos' own version. */
  readonly version: string;
}

/** Finds leanos' own files, and the project that `folder` belongs to. */
export function workspace(environment: NodeJS.ProcessEnv, folder: string = process.cwd()): Workspace {
  const home = homeFolder();
  const found = projectAbove(folder);
  const project = found ?? home;
  const {version} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {version: string};
  return {
    home: {path: home, ...packed(home)},
    project,
    hasProject: found !== undefined,
    channels: existsSync(join(project, 'channels')) ? project : home,
    out: found === undefined ? 'out' : shownPath(join(found, 'out'), folder),
    cache: cachePaths(environment),
    version,
  };
}

/**
 * The mirrors of Debian: `LEANOS_DEBIAN_MIRROR` and `LEANOS_DEBIAN_SECURITY_MIRROR`, else Debian's own; and which archives are
 * asked: `LEANOS_DEBIAN_ARCHIVES_ARCH` (Debian's name, as in `_riscv64`) or `LEANOS_DEBIAN_ARCHIVES`, else those of the definition.
 * A lock fits whoever was asked.
 * @throws LeanosError USAGE
 */
export function debianSources(
  {
    suite,
    archives,
    architecture,
  }: {readonly suite: string; readonly architecture?: string} & Pick<ImageDefinition, 'archives'>,
  {home}: Workspace,
  environment: NodeJS.ProcessEnv,
): AptSources {
  const names = [`LEANOS_DEBIAN_ARCHIVES_${architecture ?? ''}`, 'LEANOS_DEBIAN_ARCHIVES'];
  const name = names.find((variable) => (environment[variable] ?? '') !== '') ?? '';
  return {
    mirror: environment['LEANOS_DEBIAN_MIRROR'] ?? DEBIAN_MIRROR,
    securityMirror: environment['LEANOS_DEBIAN_SECURITY_MIRROR'] ?? DEBIAN_SECURITY_MIRROR,
    suite,
    archives: name === '' ? archives : parseArchives(environment[name] ?? '', name),
    keyring: join(home.path, 'keyrings', `debian-archive-${suite}.asc`),
  };
}

/** The nearest folder above this file that holds leanos: the same from src/ and from dist/. */
function homeFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  const found = nearest(
    start,
    (folder) => existsSync(join(folder, 'images')) && existsSync(join(folder, 'package.json')),
  );
  if (found === undefined) throw new Error(`leanos is not whole: nothing above ${start} has its images`);
  return found;
}

/** The nearest folder upwards with definitions in images/: pictures make no project. */
function projectAbove(start: string): string | undefined {
  return nearest(start, (folder) => {
    try {
      return readdirSync(join(folder, 'images')).some((name) => name.endsWith('.yaml'));
    } catch {
      return false;
    }
  });
}

function nearest(start: string, suits: (folder: string) => boolean): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (suits(folder)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function packed(home: string): Partial<Packed> {
  const isCheckout = existsSync(join(home, '.git'));
  const file = join(home, PACKED);
  return isCheckout || !existsSync(file) ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Packed);
}
