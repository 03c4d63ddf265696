import {expect, test} from 'vitest';
import {fuzz} from '../support/fuzz.ts';
import {PARSERS} from '../support/fuzz-parsers.ts';

/** npm run fuzz sets these; the ordinary suite takes a slice. */
const rounds = Number(process.env['LEANOS_FUZZ'] ?? 1000);
const seed = Number(process.env['LEANOS_FUZZ_SEED'] ?? 1);
const only = process.env['LEANOS_FUZZ_ONLY'] ?? '';
/** Of all inputs together, each parser has its share, of which those that start many programs have less. */
const shares = Object.values(PARSERS).reduce((sum, {share}) => sum + share, 0);

test.runIf(only !== '')('the parser is one of those that there are', () => {
  expect(Object.keys(PARSERS)).toContain(only);
});

for (const [name, parser] of Object.entries(PARSERS)) {
  const inputs = only === '' ? Math.ceil((rounds * parser.share) / shares) : rounds;
  test.runIf(only === '' || only === name)(
    `${name}: damaged inputs end in time, run nothing, stay in their place and are told safely`,
    async () => {
      expect(await fuzz(parser, inputs, seed)).toEqual([]);
    },
    3_600_000,
  );
}
