import {LeanosError} from '../core/error.ts';

/** Guests tell pointers apart by the second. */
const STEP_MS = 1000;

/** When something is published, and what is to be said about the clock. */
export interface PublishingTime {
  readonly ms: number;
  readonly note?: string;
}

export interface PublishingClock {
  readonly nowMs: number;
  /** The newest time that a pointer at the place has. */
  readonly newestMs: number | undefined;
  /** When the channel was pointed to what is published. */
  readonly since: string | undefined;
}

/**
 * The time of publishing. It only goes forward, as guests refuse what is older than what they saw: where the clock is behind
 * what is there, the next second of that is taken. Pure.
 * @throws LeanosError USAGE when the clock is behind the release itself: what is published would be expired for guests
 */
export function publishingTime({nowMs, newestMs, since}: PublishingClock): PublishingTime {
  if (since !== undefined && nowMs < Date.parse(since)) {
    throw new LeanosError(
      'USAGE',
      `the clock says ${iso(nowMs)}, and the channel was pointed to this release at ${since}: one of the two is wrong`,
      {hint: 'set the clock; guests would take what is published now for expired too early'},
    );
  }
  if (newestMs === undefined || nowMs >= newestMs + STEP_MS) return {ms: nowMs};
  const ms = newestMs + STEP_MS;
  if (nowMs >= newestMs) return {ms};
  return {
    ms,
    note: `the clock says ${iso(nowMs)}, and what is there was published at ${iso(newestMs)}: ${iso(ms)} is taken, for guests refuse what is older than what they saw`,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
