import {LeanosError} from './error.ts';
import {suggest} from './suggest.ts';

/** One of the archives that Debian publishes a release in. */
interface Archive {
  /** What follows the suite's name. */
  readonly suffix: string;
  /** The scheme of its files' addresses, which stands for the mirror that has it. */
  readonly scheme: 'debian' | 'debian-security';
}

/** Debian's archives by their names in definitions: the release, and what has changed since its last point release. */
export const ARCHIVES = {
  main: {suffix: '', scheme: 'debian'},
  updates: {suffix: '-updates', scheme: 'debian'},
  security: {suffix: '-security', scheme: 'debian-security'},
} as const satisfies Readonly<Record<string, Archive>>;

export type ArchiveName = keyof typeof ARCHIVES;

export const ARCHIVE_NAMES = Object.keys(ARCHIVES) as [ArchiveName, ...ArchiveName[]];

/** Each of the names once, in the table's order. */
export function sortedArchives(names: readonly ArchiveName[]): ArchiveName[] {
  return ARCHIVE_NAMES.filter((name) => names.includes(name));
}

/** The archive that publishes a suite as apt calls it, such as `trixie-security`. */
export function archiveOfSuite(suite: string): ArchiveName {
  return ARCHIVE_NAMES.find((name) => name !== 'main' && suite.endsWith(ARCHIVES[name].suffix)) ?? 'main';
}

/** Archives from a list of words, as a variable of the environment has them. @throws LeanosError USAGE */
export function parseArchives(text: string, variable: string): ArchiveName[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const unknown = words.find((word) => !ARCHIVE_NAMES.some((name) => name === word));
  if (unknown !== undefined) {
    const near = suggest(unknown, ARCHIVE_NAMES);
    const mean = near === undefined ? '' : `; did you mean "${near}"?`;
    throw new LeanosError(
      'USAGE',
      `${variable}: found "${unknown}"; known: ${ARCHIVE_NAMES.join(', ')}${mean}`,
    );
  }
  if (!words.includes('main')) throw new LeanosError('USAGE', `${variable}: found "${text}"; ${NEEDS_MAIN}`);
  return ARCHIVE_NAMES.filter((name) => words.includes(name));
}

/** What is wrong with a list without it. */
export const NEEDS_MAIN = 'main is needed: the other archives have only what has changed';
