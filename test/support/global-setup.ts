import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/**
 * One folder for all that a run leaves for a while: workers are stopped without a word, and could not remove what is
 * theirs.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'leanos-tests-'));
  process.env['LEANOS_TEST_FOLDER'] = folder;
  return () => rmSync(folder, {recursive: true, force: true});
}
