import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHIVES, type ArchiveName} from '../core/archives.ts';
import {LeanosError} from '../core/error.ts';
import {PIN_PARTS, SHA256} from '../core/names.ts';
import {printable} from '../core/printable.ts';
import {aptError} from './apt-error.ts';
import {aptOptions} from './apt-options.ts';
import {localRepository, preferences, URL_FIELD, writeFlatRepository} from './flat-repository.ts';
import {NO_MORE_SOURCES, type MoreSources} from './more-sources.ts';
import {readRepository} from './read-repository.ts';
import type {Run} from './run.ts';

/** Where Debian packages come from. */
export interface AptSources {
  /** Base address of the main archive, such as `http://deb.debian.org/debian`. */
  readonly mirror: string;
  /** Base address of the security archive. */
  readonly securityMirror: string;
  /** `trixie`, … */
  readonly suite: string;
  /** Which of Debian's archives are asked, `main` first. */
  readonly archives: readonly ArchiveName[];
  /** An absolute path of the keys that may sign the archives, as apt's `Signed-By` takes them. */
  readonly keyring: string;
}

/** One Debian package, named by its bytes. A type, not an interface: it is an option of stages, so it must be JSON. */
export type PackagePin = {
  readonly name: string;
  readonly version: string;
  /** Debian's name of the architecture, or `all`. */
  readonly architecture: string;
  /** The source package. */
  readonly source: string;
  /**
   * `debian:` or `debian-security:` and the path below that archive's base address; `repository-NAME:` of a repository of the
   * definition, `project:` of a file of the project.
   */
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
};

/** The base addresses that the schemes of package addresses stand for. */
export function mirrors(
  sources: Pick<AptSources, 'mirror' | 'securityMirror'>,
): Readonly<Record<'debian' | 'debian-security', string>> {
  return {debian: sources.mirror, 'debian-security': sources.securityMirror};
}

/** What is asked of apt: packages with all they depend on, or alone. */
export interface PackageRequest {
  /** Debian's name of the architecture. */
  readonly architecture: string;
  readonly packages: readonly string[];
  /** `closure` adds dependencies (not recommendations); `alone` takes only what is named. */
  readonly depth: 'closure' | 'alone';
}

export interface AptOptions {
  readonly sources: AptSources;
  readonly run: Run;
  /** Debian's name of it. */
  readonly architecture: string;
  /** What it has beside Debian's archives. */
  readonly more?: MoreSources;
}

/**
 * apt with a state folder of its own: no root, any architecture, nothing of the host's packages. apt checks the archive's
 * signatures against the keyring, and the host's apt.conf still counts, so that its proxies work.
 */
export class Apt {
  readonly #folder: string;
  readonly #sources: AptSources;
  readonly #run: Run;
  readonly #architecture: string;
  readonly #more: MoreSources;
  /** What was answered, by what was asked. */
  readonly #known = new Map<string, Promise<PackagePin[]>>();

  private constructor(folder: string, options: AptOptions) {
    this.#folder = folder;
    this.#sources = options.sources;
    this.#run = options.run;
    this.#architecture = options.architecture;
    this.#more = options.more ?? NO_MORE_SOURCES;
  }

  /** Sets apt up in an empty folder for one architecture and fetches the package lists. */
  static async open(folder: string, options: AptOptions): Promise<Apt> {
    const apt = new Apt(folder, options);
    await apt.#prepare();
    return apt;
  }

  /** Finds the packages of a request, sorted by name. @throws LeanosError CONFIG_INVALID for a package that is not there */
  async resolve(request: Omit<PackageRequest, 'architecture'>): Promise<PackagePin[]> {
    const asked = JSON.stringify(request);
    const answer = this.#known.get(asked) ?? this.#resolve(request);
    this.#known.set(asked, answer);
    return answer;
  }

  async #resolve(request: Omit<PackageRequest, 'architecture'>): Promise<PackagePin[]> {
    const versions =
      request.depth === 'alone'
        ? request.packages
        : installedVersions(await this.#simulate(request.packages));
    const text = await this.#apt('apt-cache', ['show', '--no-all-versions', ...versions]);
    const found = parseStanzas(text).map((stanza) => this.#pin(stanza));
    return [...new Map(found.map((pin) => [pin.name, pin])).values()].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  }

  /** What packages depend on, and stand for, by the fields of their stanzas. */
  async relations(pins: readonly PackagePin[]): Promise<PackageRelations[]> {
    if (pins.length === 0) return [];
    const versions = pins.map(({name, version}) => `${name}=${version}`);
    const text = await this.#apt('apt-cache', ['show', '--no-all-versions', ...versions]);
    return parseStanzas(text).map(packageRelations);
  }

  /** The names of all packages that there are. */
  async names(): Promise<string[]> {
    return (await this.#apt('apt-cache', ['pkgnames'])).split('\n').filter((name) => name !== '');
  }

  /** The dependency of a package whose name matches, such as the kernel behind a meta package. */
  async dependency(name: string, pattern: RegExp): Promise<string> {
    const text = await this.#apt('apt-cache', ['show', '--no-all-versions', name]);
    const depends = parseStanzas(text)[0]?.get('Depends') ?? '';
    const match = depends.split(/[,|]/).map((word) => word.trim().split(' ')[0] ?? '');
    return match.find((word) => pattern.test(word)) ?? name;
  }

  async #simulate(packages: readonly string[]): Promise<string> {
    return this.#apt('apt-get', ['install', '--simulate', '--yes', '--no-install-recommends', ...packages]);
  }

  #pin(stanza: ReadonlyMap<string, string>): PackagePin {
    const field = (name: string) => stanza.get(name) ?? '';
    const path = field('Filename');
    if (!SHA256.test(field('SHA256')))
      throw new LeanosError('DOWNLOAD_FAILED', `the list that has ${field('Package')} says no sha256 of it`, {
        hint: 'whoever has the repository can make its lists with one: leanos takes no file without',
      });
    const pin: PackagePin = {
      name: field('Package'),
      version: field('Version'),
      architecture: field('Architecture'),
      source: (stanza.get('Source') ?? field('Package')).split(' ')[0] ?? '',
      // The security archive keeps its files below pool/updates.
      url:
        stanza.get(URL_FIELD) ?? `${path.startsWith('pool/updates/') ? 'debian-security' : 'debian'}:${path}`,
      bytes: Number(field('Size')),
      sha256: field('SHA256'),
    };
    if (!/^\d{1,15}$/.test(field('Size'))) throw strange(`${pin.name}'s bytes`, field('Size'));
    for (const key of Object.keys(PIN_PARTS) as (keyof typeof PIN_PARTS)[])
      if (!PIN_PARTS[key].pattern.test(pin[key])) throw strange(`${pin.name}'s ${key}`, pin[key]);
    return pin;
  }

  async #prepare(): Promise<void> {
    await mkdir(join(this.#folder, 'lists/partial'), {recursive: true});
    await mkdir(join(this.#folder, 'archives/partial'), {recursive: true});
    await writeFile(join(this.#folder, 'status'), GUEST_STATUS);
    const more = await this.#flatRepositories();
    await writeFile(join(this.#folder, 'sources.list'), `${sourcesList(this.#sources)}${more}`);
    await this.#apt('apt-get', ['update', '--quiet']);
  }

  /** Brings what is not of Debian's archives here as lists of its own, and gives the lines that name them. */
  async #flatRepositories(): Promise<string> {
    const {repositories, debs} = this.#more;
    const [run, architecture] = [this.#run, this.#architecture];
    const flat = debs.length === 0 ? [] : [localRepository(debs)];
    for (const repository of repositories) {
      const folder = join(this.#folder, `repository-${repository.name}`);
      flat.push(await readRepository(repository, {folder, run, architecture}));
    }
    await writeFile(join(this.#folder, 'preferences'), preferences(flat));
    const lines = flat.map((each, index) =>
      writeFlatRepository(join(this.#folder, 'more', String(index)), each),
    );
    return (await Promise.all(lines)).join('');
  }

  async #apt(program: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<string> {
    const options = aptOptions(this.#folder, this.#architecture).flatMap((option) => ['-o', option]);
    try {
      return await this.#run([program, ...options, ...args]);
    } catch (error) {
      throw aptError(error, this.#sources.archives, [...this.#more.debs, ...this.#more.named]);
    }
  }
}

/**
 * What apt takes to be installed already, as dpkg's status file says it: accounts of sysusers.d and folders of tmpfiles.d are
 * made by leanos, so that a package that asks for a program to make them brings no systemd along.
 */
const GUEST_STATUS = `Package: leanos-guest
Status: install ok installed
Architecture: all
Version: 1
Maintainer: leanos
Description: what a guest has of its own
Provides: systemd-sysusers, systemd-tmpfiles
`;

/** What a list has that no package of Debian has: a signature says whose it is, not that it harms nothing. */
function strange(what: string, found: string): LeanosError {
  return new LeanosError('DOWNLOAD_FAILED', `a list of packages has as ${what} "${printable(found)}"`, {
    hint: 'leanos takes no such package: whoever has the repository can name it as Debian Policy says',
  });
}

function sourcesList(sources: AptSources): string {
  const {suite, keyring, archives} = sources;
  const lines = archives.map((name) => {
    const {suffix, scheme} = ARCHIVES[name];
    return `deb [signed-by=${keyring}] ${mirrors(sources)[scheme]} ${suite}${suffix} main\n`;
  });
  return lines.join('');
}

/** An option of apt's would be one as a package's name too. */
const INSTALLED_NAME = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?$/;

/**
 * The `name=version` of each package that a simulated `apt-get install` would install.
 * @throws LeanosError DOWNLOAD_FAILED for a name that no package has
 */
export function installedVersions(simulation: string): string[] {
  return [...simulation.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm)].map(([, name = '', version]) => {
    if (!INSTALLED_NAME.test(name)) throw strange("a package's name", name);
    return `${name}=${version}`;
  });
}

/** What a package depends on, and what it stands for, by names. */
export interface PackageRelations {
  readonly name: string;
  /** Alternatives too. */
  readonly dependencies: readonly string[];
  readonly provides: readonly string[];
}

/** The relations that a stanza says (deb-control(5)). */
export function packageRelations(stanza: ReadonlyMap<string, string>): PackageRelations {
  const names = (...fields: readonly string[]): string[] =>
    fields
      .flatMap((field) => (stanza.get(field) ?? '').split(/[,|]/))
      .map((word) => word.trim().replace(/[\s:(][^]*$/, ''))
      .filter((name) => name !== '');
  return {
    name: stanza.get('Package') ?? '',
    dependencies: names('Pre-Depends', 'Depends'),
    provides: names('Provides'),
  };
}

/** Stanzas of Debian control data (deb822(5)); continuation lines are joined with newlines. */
export function parseStanzas(text: string): ReadonlyMap<string, string>[] {
  return text
    .split(/\n\s*\n/)
    .filter((stanza) => stanza.trim() !== '')
    .map(parseStanza);
}

function parseStanza(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of text.split('\n')) {
    const match = /^([\w-]+):\s*([^]*)$/.exec(line);
    if (match !== null) {
      last = match[1] ?? '';
      fields.set(last, match[2] ?? '');
    } else if (line.trim() !== '' && last !== '')
      fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
  }
  return fields;
}
