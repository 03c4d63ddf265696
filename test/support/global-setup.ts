import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {isAlive, processIdentity} from '../../src/system/process-identity.ts';

const PREFIX = 'leanos-tests-';
/** Names the run that a folder belongs to. The folder's own name stays short: sockets lie in it, whose paths are. */
const OWNER = '.owner';

/**
 * One folder for all that a run leaves for a while: workers are stopped without a word, and could not remove what is
 * theirs. What runs left that were killed goes first: it may be gigabytes.
 */
export default function setup(): () => void {
  for (const folder of foldersOfKilledRuns()) rmSync(folder, {recursive: true, force: true});
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(folder, OWNER), processIdentity());
  process.env['LEANOS_TEST_FOLDER'] = folder;
  return () => rmSync(folder, {recursive: true, force: true});
}

function foldersOfKilledRuns(): string[] {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  return names.map((name) => join(tmpdir(), name)).filter((folder) => isKilled(join(folder, OWNER)));
}

/** One without an owner is just being made, or another user's. */
function isKilled(owner: string): boolean {
  try {
    return !isAlive(readFileSync(owner, 'utf8'));
  } catch {
    return false;
  }
}
