import {ARCHIVE_NAMES, ARCHIVES, archiveOfSuite, type ArchiveName} from '../core/archives.ts';
import {configError} from '../core/diagnostic.ts';
import {LeanosError} from '../core/error.ts';
import type {NamedPackage} from './more-sources.ts';

/** A list of packages that apt could not have. */
interface MissingList {
  /** As apt calls it: `trixie-updates`. */
  readonly suite: string;
  /** Debian's name of the architecture, `source`, or `undefined` where it is the whole suite. */
  readonly architecture: string | undefined;
  readonly url: string;
  readonly why: string;
}

/** apt-secure(8) and apt's methods have these sentences for it. */
const SENTENCES = [
  /^[EW]: Failed to fetch (?<url>\S+) +(?<why>.*)$/gm,
  /^[EW]: Release file for (?<url>\S+) (?<why>is (?:expired|not valid yet).*?)\. Updates/gm,
  /^[EW]: The repository '(?<base>\S+) (?<suite>\S+) (?:In)?Release' (?<why>.*?)\.?$/gm,
];

/** How a mirror looks while it copies new files over old ones: its lists are not those that its Release file names. */
const SYNC = /Mirror sync in progress|unexpected size|Hash Sum mismatch/i;

/**
 * Turns what apt says into what the user can act on: which list of which archive could not be had, and what helps.
 * `archives` are those that were asked, where they can be chosen; `named` are packages whose place in a definition is known.
 */
export function aptError(
  error: unknown,
  archives: readonly ArchiveName[] = [],
  named: readonly NamedPackage[] = [],
): unknown {
  if (!(error instanceof LeanosError) || error.code !== 'COMMAND_FAILED') return error;
  const said = whatAptSaid(error);
  return (
    unknownPackages(said, error, named) ??
    unmetPackages(whatAptPrinted(error), error, named) ??
    missingLists(said, error, archives) ??
    unreachable(said, error) ??
    error
  );
}

/** All of it: a command's message has only its last lines. */
export function whatAptSaid({message, cause}: LeanosError): string {
  const {stderr} = (cause ?? {}) as {stderr?: unknown};
  return typeof stderr === 'string' && stderr !== '' ? stderr : message.replaceAll(/^ {2}/gm, '');
}

function unknownPackages(
  said: string,
  cause: LeanosError,
  named: readonly NamedPackage[],
): LeanosError | undefined {
  const unknown = [
    ...said.matchAll(/Unable to locate package (\S+)|No packages found|Version '[^']*' for '([^']+)'/g),
  ];
  if (unknown.length === 0) return undefined;
  const names = unknown.map(([, name, other]) => name ?? other ?? '').filter((name) => name !== '');
  const hint = 'the names are those of the suite: see packages.debian.org';
  const placed = named
    .filter(({name}) => names.includes(name))
    .map(({name, said: place}) => ({...place, message: `no such Debian package: ${name}`}));
  if (placed.length > 0) return configError(placed, hint);
  return new LeanosError('CONFIG_INVALID', `no such Debian package: ${names.join(', ')}`, {hint, cause});
}

/** Its standard output, where it says what packages lack. */
function whatAptPrinted({cause}: LeanosError): string {
  const {stdout} = (cause ?? {}) as {stdout?: unknown};
  return typeof stdout === 'string' ? stdout : '';
}

/** Packages that cannot be there together, or not without what no archive has. */
function unmetPackages(
  said: string,
  cause: LeanosError,
  named: readonly NamedPackage[],
): LeanosError | undefined {
  const unmet = parseUnmet(said);
  if (unmet.length === 0) return undefined;
  const placed = unmet.flatMap(({name, relation}) =>
    named
      .filter((each) => each.name === name)
      .map((each) => ({...each.said, message: `${name}: ${relation}`})),
  );
  if (placed.length > 0) return configError(placed);
  const lines = unmet.map(({name, relation}) => `\n  ${name}: ${relation}`);
  return new LeanosError('CONFIG_INVALID', `the packages cannot be had together:${lines.join('')}`, {cause});
}

/** What apt says that packages lack, such as `Depends: libfoo but it is not installable`. */
export function parseUnmet(said: string): {readonly name: string; readonly relation: string}[] {
  const [, list = ''] = said.split('The following packages have unmet dependencies:\n');
  const found: {name: string; relation: string}[] = [];
  for (const line of list.split('\n')) {
    const [, name = found.at(-1)?.name, relation] = /^ +(?:(\S+) : +)?(\w.*)$/.exec(line) ?? [];
    if (name === undefined || relation === undefined) break;
    found.push({name, relation});
  }
  return found;
}

function missingLists(
  said: string,
  cause: LeanosError,
  archives: readonly ArchiveName[],
): LeanosError | undefined {
  const lists = parseMissingLists(said);
  if (lists.length === 0) return undefined;
  const syncing = lists.some(({why}) => SYNC.test(why));
  const title = syncing
    ? 'the mirror is in the middle of a sync: its lists of packages are not those that it has signed'
    : "cannot have the mirror's lists of packages";
  const lines = lists.map(
    ({suite, architecture, url, why}) =>
      `  archive ${archiveOfSuite(suite)} (${suite})${architecture === undefined ? '' : ` for ${architecture}`}: ${why}\n    ${url}`,
  );
  return new LeanosError('DOWNLOAD_FAILED', `${title}\n${lines.join('\n')}`, {
    hint: hints(lists, archives, syncing).join('\n'),
    cause,
  });
}

/** The lists that apt could not have, each once. */
export function parseMissingLists(said: string): MissingList[] {
  const lists = SENTENCES.flatMap((sentence) => [...said.matchAll(sentence)]).flatMap(({groups = {}}) => {
    const {base, suite = '', url = `${base ?? ''}/dists/${suite}/InRelease`, why = ''} = groups;
    const [, name, folder] = /\/dists\/([^/]+)\/(?:[^/]+\/(?:binary-)?([^/]+)\/)?[^/]+$/.exec(url) ?? [];
    if (name === undefined) return [];
    return [{suite: name, architecture: folder, url, why: why.replace(/ \[IP: [^\]]*\]$/, '')}];
  });
  return [
    ...new Map(lists.toReversed().map((list) => [`${list.suite} ${list.architecture ?? ''}`, list])).values(),
  ].toReversed();
}

function hints(lists: readonly MissingList[], archives: readonly ArchiveName[], syncing: boolean): string[] {
  const lacking = new Set(lists.map(({suite}) => archiveOfSuite(suite)));
  const rest = archives.filter((name) => !lacking.has(name));
  return [
    ...(syncing ? ['once more, later     a sync takes a mirror minutes to hours'] : []),
    ...new Set(
      [...lacking].map((name) => `${VARIABLES[ARCHIVES[name].scheme]}=URL     takes another mirror`),
    ),
    ...(rest.includes('main') && rest.length < archives.length
      ? [
          `LEANOS_DEBIAN_ARCHIVES=${rest.join(',')}     does without ${ARCHIVE_NAMES.filter((name) => lacking.has(name)).join(' and ')}, and without the fixes there; archives: [${rest.join(', ')}] in the definition does so for good`,
        ]
      : []),
    ...(archives.length > 0 ? ['an image with a lock that fits asks for no lists'] : []),
  ];
}

const VARIABLES = {
  debian: 'LEANOS_DEBIAN_MIRROR',
  'debian-security': 'LEANOS_DEBIAN_SECURITY_MIRROR',
} as const;

function unreachable(said: string, cause: LeanosError): LeanosError | undefined {
  const fault =
    /Failed to fetch|Temporary failure|Could not (resolve|connect)|not signed|NO_PUBKEY|invalid signature/i;
  if (!fault.test(said)) return undefined;
  return new LeanosError('DOWNLOAD_FAILED', cause.message, {
    hint: `${VARIABLES.debian}=URL     takes another mirror`,
    cause,
  });
}
