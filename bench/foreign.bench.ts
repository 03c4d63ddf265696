// How long a build for each architecture takes, against that for x86_64: packages are downloaded, nothing is built. In each round all
// take turns.
// npm run bench -- foreign [--rounds 3] [--arch NAME]
import {architectureNames, type ArchitectureName} from '../src/core/architecture.ts';
import {BenchClone} from './clone.ts';
import {median, numberArgument, printTable, seconds, textArgument} from './lab.ts';

const AGAINST: ArchitectureName = 'x86_64';

const rounds = numberArgument('--rounds', 3);
const asked = textArgument('--arch', 'all');
using clone = new BenchClone();
const arches = architectureNames().filter((arch) => [AGAINST, asked].includes(arch) || asked === 'all');
for (const arch of arches) clone.leanos('build', '--arch', arch); // so that packages are downloaded

const times = new Map<ArchitectureName, number[]>(arches.map((arch) => [arch, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [arch, took] of times) {
    clone.forgetBuilt('test', ['--arch', arch]);
    took.push(
      await seconds(() => {
        clone.leanos('build', '--arch', arch);
        return Promise.resolve();
      }),
    );
  }
}

const floor = median(times.get(AGAINST) ?? []);
printTable(
  [`full build for (${rounds} rounds, medians)`, 'time', `against ${AGAINST}`, 'goal'],
  [...times].map(([arch, took]) => [
    arch,
    `${median(took).toFixed(2)} s`,
    (median(took) / floor).toFixed(2),
    arch === AGAINST ? '' : '≤ 1.3',
  ]),
);
