// npm run fuzz -- [--rounds N] [--seed S] [--only PARSER]: so many damaged inputs for all parsers of the guest together, or for
// one, in the image's own BusyBox. The same seed gives the same inputs. Exits with 1 when there is a finding.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {checkout, ensureReady, ensureTestTools} from './setup.mjs';

const text = (value) => ({type: 'string', default: value});
const {values} = parseArgs({options: {rounds: text('100000'), seed: text('1'), only: {type: 'string'}}});
await ensureReady({dev: true});
await ensureTestTools();
const {status} = spawnSync(
  join(checkout, 'node_modules/.bin/vitest'),
  ['run', '--reporter=verbose', '--project', 'guest', 'test/guest/fuzz.test.ts'],
  {
    cwd: checkout,
    stdio: 'inherit',
    env: {
      ...process.env,
      LEANOS_FUZZ: values.rounds,
      LEANOS_FUZZ_SEED: values.seed,
      LEANOS_FUZZ_ONLY: values.only ?? '',
    },
  },
);
process.exit(status ?? 1);
