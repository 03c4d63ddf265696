import {readdir, readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';

/** The public keys in the user's ~/.ssh, one line each. */
export async function ownPublicKeys(folder = join(homedir(), '.ssh')): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names
      .filter((name) => name.endsWith('.pub'))
      .map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  );
  return texts.map((text) => text.trim()).filter((text) => /^(ssh|ecdsa|sk)-\S+ \S+[^\n]*$/.test(text));
}
