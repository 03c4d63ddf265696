import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished} from 'vitest';

/** The folder of this run (global-setup.ts). */
export function runFolder(): string {
  return process.env['LEANOS_TEST_FOLDER'] ?? tmpdir();
}

/** A folder that is removed when the test is over; when no test runs yet, at the end of the run. */
export function temporary(): string {
  const folder = mkdtempSync(join(runFolder(), 'test-'));
  if (expect.getState().currentTestName !== undefined)
    onTestFinished(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}
