import {statSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {keygenCommand} from '../../src/cli/commands/keygen.ts';
import type {Context} from '../../src/cli/context.ts';
import {temporary} from '../support/temporary.ts';

test('the folder of a key is made where there is none, for its owner alone', async () => {
  const folder = join(temporary(), 'keys');
  await keygenCommand(join(folder, 'web'), {print: () => undefined} as unknown as Context);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'web.sec')).mode & 0o777).toBe(0o600);
});
