import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {processEnvironment} from '../../src/build/environment.ts';
import {inspectCommand} from '../../src/cli/commands/inspect.ts';
import type {Context} from '../../src/cli/context.ts';
import {temporary} from '../support/temporary.ts';

test('what a file says of itself does nothing to a terminal', async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const context = {...processEnvironment(), print} as unknown as Context;
  const file = join(temporary(), 'manifest.json');
  writeFileSync(file, '{"version": "a\u001b[2Jb\nc", "image": "test", "arch": "arm"}');
  await inspectCommand(file, {}, context);
  expect(lines.join('')).toContain('a\\u001b[2Jb\\nc');
  expect(lines.join('')).not.toMatch(/\u001b|\n {0,15}c/);
});
