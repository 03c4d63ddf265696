import {lstat, mkdtemp, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {isAlive, processIdentity} from './process-identity.ts';

const PREFIX = '.tmp-';

/** A folder that is removed when its scope ends. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder inside `parent` (so that a rename out of it stays on one filesystem), named after this process. */
export async function temporaryFolder(parent: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, `${PREFIX}${processIdentity()}-`));
  return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true, force: true})};
}

/** Removes the temporary folders in `parent` whose process is gone; those of other accounts are theirs. */
export async function sweepTemporary(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const stale = names.filter((name) => name.startsWith(PREFIX) && !isAlive(ownerOf(name)));
  await Promise.all(
    stale.map(async (name) => {
      const path = join(parent, name);
      const found = await lstat(path).catch(() => undefined);
      if (found?.uid === process.geteuid?.()) await rm(path, {recursive: true, force: true});
    }),
  );
}

function ownerOf(name: string): string {
  return name.slice(PREFIX.length);
}
