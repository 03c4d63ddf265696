/** The clock of releases: SOURCE_DATE_EPOCH where it is set, else the machine's. Milliseconds since 1970. */
export function nowMs(environment: NodeJS.ProcessEnv): number {
  const epoch = environment['SOURCE_DATE_EPOCH'];
  return epoch === undefined || !/^\d{1,11}$/.test(epoch) ? Date.now() : Number(epoch) * 1000;
}

/** `2026-11-21T12:00:00Z` */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
