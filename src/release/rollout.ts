import {sha256} from '../core/canonical.ts';

const BUCKETS = 10_000;

/**
 * The machine's place among all that could have a version, from 0 to 9999: the first eight hexadecimal digits of the sha256
 * of `MACHINE VERSION` and a newline. The guest's leanos-update computes the same with sha256sum, so that the server stays
 * static.
 */
export function rolloutBucket(machine: string, version: string): number {
  return Number.parseInt(sha256(`${machine} ${version}\n`).slice(0, 8), 16) % BUCKETS;
}

/** Whether a machine may have a version when the channel gives it to this share of machines, in percent. */
export function mayHave(machine: string, version: string, percent: number): boolean {
  return rolloutBucket(machine, version) < Math.round(percent * (BUCKETS / 100));
}
