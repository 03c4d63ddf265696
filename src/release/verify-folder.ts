import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {FILE_NAME} from '../core/names.ts';
import {LeanosError} from '../core/error.ts';
import {signatureKey, verifyMessage, type PublicKey} from '../formats/signify.ts';
import {digestOf, kindOf, readRegular} from '../system/regular-file.ts';

export const SUMS = 'SHA256SUMS';
export const SIGNATURE = /^SHA256SUMS(\.[0-9a-f]{16})?\.sig$/;
/** A manifest under the name by which a pointer asks for it: `manifestName` of signed-release.ts. */
const NAMED_BY_DIGEST = /-manifest\.([0-9a-f]{64})\.json$/;
/** SHA256SUMS and signatures are a page of text. */
const MOST_BYTES = 2 ** 20;
/** While a release is exchanged for another one, it is neither for a moment. */
const EXCHANGE_MS = 300;
const MOST_PASSES = 5;

/** What there is in a folder that no list vouches for. */
export interface Unchecked {
  readonly name: string;
  /** What it is, for people. */
  readonly what: string;
}

/** What was found of a release folder. Every name in it is in one of the lists. */
export interface FolderReport {
  /** The key that signed SHA256SUMS; `null`: none of the given ones. */
  readonly key: string | null;
  /** Whose digests are those of SHA256SUMS, the signatures that hold, and manifests that have the digest in their names. */
  readonly checked: readonly string[];
  /** Signatures by keys that were not given. */
  readonly otherSignatures: readonly Unchecked[];
  /** What no list names. */
  readonly unchecked: readonly Unchecked[];
  /** What is not as it must be. */
  readonly wrong: readonly string[];
}

/**
 * Checks a release folder: nothing of it is followed out of it, and nothing is waited for. A folder that changes while it is
 * looked at is looked at again.
 * @throws LeanosError USAGE for a folder that is none of a release
 */
export async function verifyFolder(folder: string, keys: readonly PublicKey[]): Promise<FolderReport> {
  for (let pass = 1; ; pass += 1) {
    const before = await fingerprint(folder);
    const report = await lookOnce(folder, keys).catch((error: unknown) => {
      if (pass === MOST_PASSES || error instanceof LeanosError) throw error;
      return undefined; // what was listed has gone by now
    });
    if (report?.wrong.length === 0 && report.unchecked.length === 0) return report;
    if (report !== undefined && pass === MOST_PASSES) return report;
    await sleep(EXCHANGE_MS);
    if (report !== undefined && before === (await fingerprint(folder))) return report;
  }
}

async function lookOnce(folder: string, keys: readonly PublicKey[]): Promise<FolderReport> {
  const sums = await readSmall(join(folder, SUMS));
  if (sums === undefined)
    throw new LeanosError('USAGE', `${folder} has no SHA256SUMS, so it is no release folder`);
  const report = {
    checked: [] as string[],
    otherSignatures: [] as Unchecked[],
    unchecked: [] as Unchecked[],
    wrong: [] as string[],
  };
  const {digests, bad} = parseSums(sums.toString());
  report.wrong.push(...bad);
  let signer: string | undefined;
  const names = (await readdir(folder)).sort();
  for (const name of names) {
    const path = join(folder, name);
    const kind = kindOf(await lstat(path));
    const digest = digests.get(name) ?? NAMED_BY_DIGEST.exec(name)?.[1];
    if (name === SUMS) continue;
    if (digest !== undefined) await checkDigest(path, {name, digest}, report);
    else if (SIGNATURE.test(name) && kind === 'a file')
      signer = (await checkSignature(path, {name, sums, keys}, report)) ?? signer;
    else report.unchecked.push({name, what: kind});
  }
  for (const name of digests.keys()) if (!names.includes(name)) report.wrong.push(`${name}: missing`);
  if (signer === undefined) report.wrong.unshift('SHA256SUMS is not signed by any of the keys');
  return {key: signer ?? null, ...report};
}

/** @throws LeanosError FILE, also for what is no file */
async function readSmall(path: string): Promise<Buffer | undefined> {
  return readRegular(path, {most: MOST_BYTES, follow: false});
}

interface Lists {
  readonly checked: string[];
  readonly otherSignatures: Unchecked[];
  readonly unchecked: Unchecked[];
  readonly wrong: string[];
}

async function checkDigest(
  path: string,
  {name, digest}: {name: string; digest: string},
  {checked, wrong}: Lists,
): Promise<void> {
  const found = await digestOf(path).then(
    ({sha256}) => `sha256 is ${sha256}, not ${digest}`,
    (error: unknown) =>
      error instanceof LeanosError ? error.message.slice(path.length + 1) : message(error),
  );
  if (found === `sha256 is ${digest}, not ${digest}`) checked.push(name);
  else wrong.push(`${name}: ${found}`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Notes what a signature is, and gives the key of one that holds. */
async function checkSignature(
  path: string,
  {name, sums, keys}: {name: string; sums: Buffer; keys: readonly PublicKey[]},
  {checked, otherSignatures, unchecked, wrong}: Lists,
): Promise<string | undefined> {
  const text = ((await readSmall(path)) ?? Buffer.alloc(0)).toString('latin1');
  const id = signatureKey(text);
  if (id === undefined) unchecked.push({name, what: 'no signature'});
  else if (!keys.some((key) => key.id === id))
    otherSignatures.push({name, what: `the signature of key ${id}, which was not given`});
  else if (keys.some((key) => verifyMessage(sums, text, key))) {
    checked.push(name);
    return id;
  } else wrong.push(`${name}: key ${id} did not sign this SHA256SUMS`);
  return undefined;
}

/** The digests of SHA256SUMS by name, and the lines that are none. */
export function parseSums(text: string): {digests: ReadonlyMap<string, string>; bad: string[]} {
  const digests = new Map<string, string>();
  const bad: string[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, digest = '', name = ''] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (!FILE_NAME.test(name) || name === SUMS)
      bad.push(`SHA256SUMS has a line that is no digest and name of a file: ${line.slice(0, 80)}`);
    else if (digests.has(name)) bad.push(`SHA256SUMS names ${name} twice`);
    else digests.set(name, digest);
  }
  if (digests.size === 0) bad.push('SHA256SUMS names no file');
  return {digests, bad};
}

/** What changes when anything in the folder is replaced. */
async function fingerprint(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const states = await Promise.all(
    names.sort().map(async (name) => {
      const found = await lstat(join(folder, name)).catch(() => undefined);
      return `${name} ${found?.ino ?? 0} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
    }),
  );
  return states.join('\n');
}
