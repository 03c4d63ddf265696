import semver from 'semver';

/** The day that versions count from: 2013-07-01 00:00 UTC, the first of Container Linux, in seconds since 1970. */
export const VERSION_EPOCH_SECONDS = 1_372_636_800;
const DAY_SECONDS = 86_400;

/** Whole days since 2013-07-01 (UTC): 2013-10-03 is 94. */
export function versionDays(epochSeconds: number): number {
  return Math.floor((epochSeconds - VERSION_EPOCH_SECONDS) / DAY_SECONDS);
}

/** The day of a release by its version: 94.0.0 is of 2013-10-03. */
export function versionDay(version: string): Date {
  return new Date((VERSION_EPOCH_SECONDS + semver.major(version) * DAY_SECONDS) * 1000);
}

/** The version of what is built from a commit that no release names: `DAYS.0.0-dev`. Commits before 2013 count as day 0. */
export function developmentVersion(epochSeconds: number): string {
  return `${Math.max(0, versionDays(epochSeconds))}.0.0-dev`;
}

/** Whether a text is the version of a release: `DAYS.MINOR.PATCH` and nothing more. */
export function isReleaseVersion(text: string): boolean {
  return semver.valid(text) === text && semver.prerelease(text) === null;
}

/** Below 0 when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  return semver.compare(a, b);
}

/** What a release is: a new major of its day, or a compatible change to the newest one. */
export type ReleaseKind = 'major' | 'feature' | 'fix';

/** The version of the next release. DAYS rises only with a new major: a fix raises PATCH, a compatible feature MINOR. */
export function nextVersion(
  kind: ReleaseKind,
  {today, newest}: {today: number; newest: string | undefined},
): string {
  if (kind === 'major') return `${today}.0.0`;
  if (newest === undefined) throw new RangeError('a fix or a feature needs a release');
  return semver.inc(newest, kind === 'fix' ? 'patch' : 'minor') ?? newest;
}
