import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {formatPublicKey, formatSecretKey, generateKeys} from '../../formats/signify.ts';
import type {Context} from '../context.ts';

/** `leanos keygen NAME`: NAME.pub and NAME.sec, as signify-openbsd makes them. Their folder is made where there is none; nothing is overwritten. */
export async function keygenCommand(name: string, context: Context): Promise<void> {
  const [pub, sec] = [`${name}.pub`, `${name}.sec`];
  for (const path of [pub, sec]) {
    if (existsSync(path))
      throw new LeanosError('USAGE', `${path} is there already, and a key is never overwritten`);
  }
  await mkdir(dirname(sec), {recursive: true, mode: 0o700});
  const {publicKey, secretKey} = generateKeys();
  await writeFile(sec, formatSecretKey(secretKey), {mode: 0o600, flag: 'wx'});
  await writeFile(pub, formatPublicKey(publicKey), {flag: 'wx'});
  const line = formatPublicKey(publicKey).split('\n')[1] ?? '';
  context.print(
    [
      `secret   ${sec}: keep it out of git; it signs what leanos publish --key ${sec} publishes`,
      `public   ${pub}: signify-openbsd -V -p ${pub} checks what it signed`,
      `channel  keys: ["${line}"]     in channels/NAME.yaml makes guests believe it`,
    ].join('\n'),
  );
}
