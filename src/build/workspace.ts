import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {AptSources} from '../system/apt.ts';
import {cachePaths, type CachePaths} from '../system/cache.ts';

const DEBIAN_MIRROR = 'http://deb.debian.org/debian';
const DEBIAN_SECURITY_MIRROR = 'http://deb.debian.org/debian-security';

/** Where everything is for one command. */
export interface Workspace {
  /** The checkout that holds images/, channels/ and init-scripts/. */
  readonly checkout: string;
  readonly cache: CachePaths;
  /** leanos' own version. */
  readonly version: string;
}

export function workspace(environment: NodeJS.ProcessEnv): Workspace {
  const checkout = checkoutFolder();
  const {version} = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {version: string};
  return {checkout, cache: cachePaths(environment), version};
}

/** The mirrors of Debian: `LEANOS_DEBIAN_MIRROR` and `LEANOS_DEBIAN_SECURITY_MIRROR`, else Debian's own. */
export function debianSources(suite: string, checkout: string, environment: NodeJS.ProcessEnv): AptSources {
  return {
    mirror: environment['LEANOS_DEBIAN_MIRROR'] ?? DEBIAN_MIRROR,
    securityMirror: environment['LEANOS_DEBIAN_SECURITY_MIRROR'] ?? DEBIAN_SECURITY_MIRROR,
    suite,
    keyring: join(checkout, 'keyrings', `debian-archive-${suite}.asc`),
  };
}

/** The nearest folder above this file that holds the project: the same from src/ and from dist/. */
function checkoutFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'images')) && existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error('leanos is not in its checkout');
  }
}
