import {expect, test} from 'vitest';
import {formatSpdx, type SpdxPackage} from '../../src/formats/spdx.ts';

/** What a bill of materials says of packages, by their names. */
function comments(
  ...packages: Pick<SpdxPackage, 'name' | 'sandboxed' | 'changed'>[]
): Record<string, string | undefined> {
  const whole = packages.map((each) => ({
    version: '1',
    architecture: 'amd64',
    source: each.name,
    sha256: 'd',
    licences: [],
    ...each,
  }));
  const text = formatSpdx('image', {packages: whole, epoch: 7, supplier: 'leanos'});
  const document = JSON.parse(text) as {packages: {name: string; comment?: string}[]};
  return Object.fromEntries(document.packages.map(({name, comment}) => [name, comment]));
}

test('a bill of materials says whose scripts were run in a sandbox, and what of theirs is not in the image', () => {
  expect(
    comments(
      {name: 'read'},
      {name: 'run', sandboxed: {left: []}},
      {name: 'keys', sandboxed: {left: ['etc/key', 'var/lib/keys']}},
    ),
  ).toEqual({
    read: undefined,
    run: 'The image has what its maintainer scripts made in a sandbox',
    keys: 'The image has what its maintainer scripts made in a sandbox, without /etc/key, /var/lib/keys, which they make other each time',
  });
});

test('a bill of materials says which programs are others than Debian’s', () => {
  const changed = 'its flags are off';
  expect(comments({name: 'one', changed}, {name: 'both', changed, sandboxed: {left: []}})).toEqual({
    one: 'leanos changed it: its flags are off',
    both: 'The image has what its maintainer scripts made in a sandbox. leanos changed it: its flags are off',
  });
});
