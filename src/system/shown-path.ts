import {relative, resolve} from 'node:path';

/** A path as somebody who stands in `from` would write it; a way up that is longer than the whole path is no help. */
export function shownPath(path: string, from: string = process.cwd()): string {
  const whole = resolve(from, path);
  const way = relative(from, whole) || '.';
  return way.length < whole.length ? way : whole;
}
