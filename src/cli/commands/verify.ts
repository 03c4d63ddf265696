import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {parsePublicKey, verifyMessage, type PublicKey} from '../../formats/signify.ts';
import {hashFile} from '../../system/hash-file.ts';
import type {Context} from '../context.ts';
import {readKeyFile} from '../key-file.ts';

/** `leanos verify FOLDER --key FILE.pub`: whether a release folder is whole and signed by one of the keys. */
export async function verifyCommand(
  folder: string,
  {key, json}: {readonly key: readonly string[]; readonly json?: boolean},
  context: Context,
): Promise<void> {
  if (key.length === 0)
    throw new LeanosError('USAGE', 'a signature says nothing without a key; --key FILE.pub is needed');
  const keys = await Promise.all(key.map((path) => readKeyFile(path, parsePublicKey)));
  const sums = await readFile(join(folder, 'SHA256SUMS')).catch(() => undefined);
  if (sums === undefined)
    throw new LeanosError('USAGE', `${folder} has no SHA256SUMS, so it is no release folder`);
  const signedBy = await signatureOf(folder, sums, keys);
  const wrong = [
    ...(signedBy === undefined ? ['SHA256SUMS is not signed by any of the keys'] : []),
    ...(await wrongFiles(folder, sums.toString())),
  ];
  if (json === true) context.print(JSON.stringify({folder, key: signedBy ?? null, wrong}, null, 1));
  if (wrong.length === 0) {
    if (json !== true) context.print(`${folder}: whole, and signed by ${signedBy ?? ''}`);
    return;
  }
  const message = `${folder} must not be believed:\n${wrong.map((line) => `  ${line}`).join('\n')}`;
  if (json !== true) throw new LeanosError('FILE', message);
  context.say(`leanos: ${message}`);
  process.exitCode = 1;
}

/** The number of the first key whose signature over the sums is there. */
async function signatureOf(
  folder: string,
  sums: Buffer,
  keys: readonly PublicKey[],
): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => /^SHA256SUMS(\.[0-9a-f]{16})?\.sig$/.test(name));
  for (const name of names) {
    const signature = await readFile(join(folder, name), 'latin1');
    const found = keys.find((key) => isBy(key, sums, signature));
    if (found !== undefined) return found.id;
  }
  return undefined;
}

function isBy(key: PublicKey, message: Buffer, signature: string): boolean {
  try {
    return verifyMessage(message, signature, key);
  } catch {
    return false; // no signature at all
  }
}

async function wrongFiles(folder: string, sums: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const line of sums.split('\n').filter((text) => text !== '')) {
    const [, digest = '', name = ''] = /^([0-9a-f]{64}) [ *]([\w.+-]+)$/.exec(line) ?? [];
    if (name === '') wrong.push(`SHA256SUMS has a line that is no digest and name: ${line.slice(0, 80)}`);
    else {
      const found = await hashFile(join(folder, name)).catch(() => 'missing');
      if (found !== digest)
        wrong.push(`${name}: ${found === 'missing' ? 'missing' : `sha256 is ${found}, not ${digest}`}`);
    }
  }
  return wrong;
}
