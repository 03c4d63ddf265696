/**
 * The upstream version in a version of Debian's (deb-version(7)): without the epoch, the revision, and what says that upstream's
 * tarball was packed anew. `2:3.8.2+dfsg-1` is 3.8.2.
 */
export function upstreamVersion(debian: string): string {
  return debian
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~.](dfsg|ds|repack)[\d.]*$/, '');
}

/** Of versions the one that is nearest to `wanted`: the same, else the oldest that is newer, else the newest. */
export function nearestVersion(wanted: string, versions: readonly string[]): string | undefined {
  const sorted = [...versions].sort(compareUpstream);
  return sorted.find((version) => compareUpstream(version, wanted) >= 0) ?? sorted.at(-1);
}

/** Below 0 when `a` is older than `b`. Numbers count as numbers, and a longer version is the newer one. */
export function compareUpstream(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = comparePart(left[at], right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function parts(version: string): string[] {
  return version.match(/\d+|[A-Za-z]+/g) ?? [];
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [left, right] = [Number(a), Number(b)];
  if (Number.isNaN(left) || Number.isNaN(right)) return a < b ? -1 : a > b ? 1 : 0;
  return left - right;
}
