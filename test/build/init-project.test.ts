import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {initProject} from '../../src/build/init-project.ts';
import type {Workspace} from '../../src/build/workspace.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

/** What init does where this package.json is there, or none. */
async function begun(manifest?: string) {
  const folder = join(temporary(), 'web');
  mkdirSync(folder);
  if (manifest !== undefined) writeFileSync(join(folder, 'package.json'), manifest);
  return initProject(folder, {home: {path: CHECKOUT}, version: '1.2.3'} as Workspace);
}

test('what a package.json that was there does not name is said, and nothing is lacking of one that is written', async () => {
  expect(await begun()).toMatchObject({kept: [], lacks: []});
  expect(await begun('{"dependencies": {"leanos": "file:x"}}')).toMatchObject({
    kept: ['package.json'],
    lacks: ['vitest'],
  });
  expect(await begun('{"name": "web"}')).toMatchObject({lacks: ['leanos', 'vitest']});
});

test('the workflow runs no script of package.json, which may be one that was there', async () => {
  const {folder} = await begun('{"dependencies": {"leanos": "1", "vitest": "4"}}');
  const workflow = readFileSync(join(folder, '.github/workflows/image.yaml'), 'utf8');
  expect(workflow).toContain('npx vitest run');
  expect(workflow).not.toMatch(/npm (test|run)/);
});
