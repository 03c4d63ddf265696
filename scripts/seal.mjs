// What files were when they were right, so that a later look tells whether they still are. Plain JavaScript that imports nothing
// but Node, because it runs before there is anything else.
import {createHash} from 'node:crypto';
import {lstatSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';

/** A filesystem may keep no more of a time than its even second: what changed as late as this may change again unseen. */
const COARSE_MS = 2000n;

/**
 * The seal of files below a folder: of each its digest, and a stamp that tells without reading that nobody has written to it. Who
 * writes to a file changes its ctime, and cannot set it back; a stamp holds for one boot of the machine, because a crash may
 * lose what was written and keep size and times.
 */
export function sealOf(root, names) {
  return stamped(root, Object.fromEntries(names.map((name) => [name, digestOf(join(root, name))])));
}

/**
 * The seal as it is now, where the files are what they were: the same object when none had to be read. Undefined when one of
 * them is another, or gone.
 */
export function checkSeal(root, seal) {
  const same = seal.boot === bootId();
  const doubtful = Object.keys(seal.digests).filter(
    (name) => !same || seal.stamps[name] === undefined || stampOf(join(root, name)) !== seal.stamps[name],
  );
  if (doubtful.some((name) => digestOf(join(root, name)) !== seal.digests[name])) return undefined;
  return doubtful.length === 0 ? seal : stamped(root, seal.digests);
}

function stamped(root, digests) {
  const stamps = {};
  for (const name of Object.keys(digests)) {
    const stamp = stampOf(join(root, name), {settled: true});
    if (stamp !== undefined) stamps[name] = stamp;
  }
  return {boot: bootId(), stamps, digests};
}

/** Undefined where there is no file; `settled`: and where it changed so late that a stamp would say nothing. */
function stampOf(path, {settled = false} = {}) {
  const found = lstatSync(path, {throwIfNoEntry: false, bigint: true});
  if (found === undefined) return undefined;
  if (settled && found.ctimeMs + COARSE_MS > BigInt(Date.now())) return undefined;
  return `${found.ino} ${found.size} ${found.mode} ${found.mtimeNs} ${found.ctimeNs}`;
}

function digestOf(path) {
  const found = lstatSync(path, {throwIfNoEntry: false});
  if (found === undefined) return 'nothing';
  if (found.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** random(4): another one at each boot. */
function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
