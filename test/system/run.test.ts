import {readFileSync, writeFileSync} from 'node:fs';
import {getPriority} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

test('a command reads and writes its files itself: nothing of them passes through leanos', async () => {
  const folder = temporary();
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, 'of the file\n');
  const heard: string[] = [];
  const said = await run(['sh', '-c', 'readlink /proc/self/fd/0; cat; echo aside >&2'], {
    inputFile: from,
    outputFile: to,
    onOutput: (chunk) => heard.push(chunk),
  });
  expect(readFileSync(to, 'utf8')).toBe(`${from}\nof the file\n`);
  expect({said, heard: heard.join('')}).toEqual({said: '', heard: 'aside\n'});
});

test('a file to read that is not there is not taken for a missing tool', async () => {
  const inputFile = join(temporary(), 'none');
  await expect(run(['cat'], {inputFile})).rejects.toMatchObject({code: 'ENOENT', path: inputFile});
});

test('a command that nothing waits for runs at a lower priority', async () => {
  const untilLow = ['sh', '-c', 'until [ "$(nice)" -ge 10 ]; do sleep 0.01; done; nice'] as const;
  expect(Number(await run(untilLow, {low: true, timeoutMs: 20_000}))).toBeGreaterThan(getPriority());
});
