/** The day that versions count from: 2013-07-01 00:00 UTC, the first of Container Linux, in seconds since 1970. */
export const VERSION_EPOCH_SECONDS = 1_372_636_800;
const DAY_SECONDS = 86_400;

/** Whole days since 2013-07-01 (UTC): 2013-10-03 is 94. */
export function versionDays(epochSeconds: number): number {
  return Math.floor((epochSeconds - VERSION_EPOCH_SECONDS) / DAY_SECONDS);
}

/** The version of what is built from a commit that no release names: `DAYS.0.0-dev`. Commits before 2013 count as day 0. */
export function developmentVersion(epochSeconds: number): string {
  return `${Math.max(0, versionDays(epochSeconds))}.0.0-dev`;
}
