import {expect, test} from 'vitest';
import type {BuildEnvironment} from '../../src/build/environment.ts';
import {explainPackage} from '../../src/build/explain-package.ts';
import type {PreparedBuild} from '../../src/build/prepare.ts';

test.each([
  ['', ''],
  ['../x', '../x'],
  ['-oDir::Etc=x', '-oDir::Etc=x'],
  ['a\n\u001b[31m', String.raw`a\n\u001b[31m`],
  ['libc6=1', 'libc6=1'],
])('%j is no name of a package: no mirror is asked', async (name, shown) => {
  await expect(explainPackage(name, {} as PreparedBuild, {} as BuildEnvironment)).rejects.toMatchObject({
    code: 'USAGE',
    message: `--why: "${shown}" is no name of a package`,
  });
});
