import {homedir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';

/** Where leanos keeps what it can make or fetch again. */
export interface CachePaths {
  readonly root: string;
  /** Artifacts by key. */
  readonly store: string;
  /** Downloads by sha256. */
  readonly downloads: string;
  /** What apt answered, by the digest of the request. */
  readonly resolved: string;
  /** The files of commits that releases were made from, by commit. */
  readonly sources: string;
  /** What tools of a build go on from the next time, and what compilers remember. */
  readonly kept: string;
  /** apt and dpkg for hosts without them, by digest. */
  readonly hostTrees: string;
  /** Logs of the stages' tools. */
  readonly logs: string;
  /** What machines write, and which run. */
  readonly machines: string;
  /** Machines that were kept when they had come up. */
  readonly warm: string;
}

/**
 * `LEANOS_CACHE`, else `leanos` in the XDG cache folder (XDG Base Directory Specification, which has a relative one passed
 * over). A variable that is empty counts as not set.
 */
export function cachePaths(environment: NodeJS.ProcessEnv): CachePaths {
  const {LEANOS_CACHE: own = '', XDG_CACHE_HOME: base = ''} = environment;
  const root =
    own === '' ? join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'leanos') : resolve(own);
  return {
    root,
    store: join(root, 'store'),
    downloads: join(root, 'downloads'),
    resolved: join(root, 'resolved'),
    sources: join(root, 'sources'),
    kept: join(root, 'kept'),
    hostTrees: join(root, 'host'),
    logs: join(root, 'logs'),
    machines: join(root, 'machines'),
    warm: join(root, 'warm'),
  };
}
