// Which share of a million machines may have a version, at every step of a rollout, and whether a step takes it from anyone.
// npm run bench -- rollout [--machines 1000000]
import {createHash} from 'node:crypto';
import {rolloutBucket} from '../src/release/rollout.ts';
import {numberArgument, printTable} from './lab.ts';

const STEPS = [0.1, 0.5, 1, 2, 5, 10, 20, 25, 33.33, 50, 66.67, 75, 90, 99, 99.9, 100];
const GOAL_POINTS = 0.2;
const BUCKETS_PER_PERCENT = 100;
const machines = numberArgument('--machines', 1_000_000);
const counts = new Uint32Array(100 * BUCKETS_PER_PERCENT);
for (let index = 0; index < machines; index += 1) {
  const machine = createHash('md5').update(String(index)).digest('hex'); // as random as the guests' own
  const bucket = rolloutBucket(machine, '4891.0.0');
  counts[bucket] = (counts[bucket] ?? 0) + 1;
}
let worst = 0;
const rows = STEPS.map((percent) => {
  const have = counts
    .subarray(0, Math.round(percent * BUCKETS_PER_PERCENT))
    .reduce((sum, count) => sum + count, 0);
  const share = (100 * have) / machines;
  worst = Math.max(worst, Math.abs(share - percent));
  return [`${percent} %`, `${share.toFixed(3)} %`, (share - percent).toFixed(3), `≤ ${GOAL_POINTS}`];
});
printTable([`rollout (${machines} machines)`, 'have it', 'off by points', 'goal'], rows);
// A machine has a version when its bucket is below the share, so a larger share only adds machines.
process.exitCode = worst <= GOAL_POINTS ? 0 : 1;
