import type {Diagnostic} from '../core/diagnostic.ts';
import type {RepositoryPlace} from '../core/repository.ts';

/** A package of Debian's format that is a file of the project's. */
export interface LocalPackage {
  readonly name: string;
  readonly version: string;
  /** Where it is, as pins say it: `project:debs/my.deb`. */
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Its control file: deb-control(5). */
  readonly control: string;
  /** Where a definition names it. */
  readonly said: Diagnostic;
}

/** A repository with the keys that may sign it. */
export interface Repository extends RepositoryPlace {
  /** An absolute path of the keys, and what they are. */
  readonly keyring: {readonly path: string; readonly sha256: string; readonly isArmoured: boolean};
  /** Where a definition names it. */
  readonly said: Diagnostic;
}

/** A package, and where a definition names it. */
export interface NamedPackage {
  readonly name: string;
  readonly said: Diagnostic;
}

/** Where packages come from beside Debian's archives. */
export interface MoreSources {
  readonly repositories: readonly Repository[];
  readonly debs: readonly LocalPackage[];
  /** Packages of any archive that a definition names: where it does is told when they cannot be had. */
  readonly named: readonly NamedPackage[];
}

export const NO_MORE_SOURCES: MoreSources = {repositories: [], debs: [], named: []};

/** What the addresses of pins begin with that are files of the project, or of leanos itself. */
export const OWN_FILES: readonly string[] = ['project', 'leanos'];

const REPOSITORY = 'repository-';

/** What the addresses of a repository's pins begin with. */
export function repositoryScheme({name}: Pick<Repository, 'name'>): string {
  return `${REPOSITORY}${name}`;
}

/** The name of the repository whose pins begin so. */
export function repositoryName(scheme: string): string {
  return scheme.slice(REPOSITORY.length);
}

/** The addresses of repositories by what the addresses of their pins begin with. */
export function repositoryAddresses(
  repositories: readonly Pick<Repository, 'name' | 'url'>[],
): Record<string, string> {
  return Object.fromEntries(repositories.map((each) => [repositoryScheme(each), each.url]));
}

/** The priority of packages that a definition names as coming from one place: above that of the archives, whatever the version. */
const PREFERRED = 990;

/** The priority of what a repository has, where it is another than that of every archive. */
export function repositoryPriority({
  priority,
  packages,
}: Pick<Repository, 'priority' | 'packages'>): number | undefined {
  return priority ?? (packages === undefined ? undefined : PREFERRED);
}
