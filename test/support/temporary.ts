import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished} from 'vitest';

/** A folder that is removed when the test is over; when no test runs yet, at the end of the process. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leanos-test-'));
  const remove = (): void => rmSync(folder, {recursive: true, force: true});
  if (expect.getState().currentTestName === undefined) process.once('exit', remove);
  else onTestFinished(remove);
  return folder;
}
