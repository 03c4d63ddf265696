import {count} from '../../core/count.ts';
import {LeanosError} from '../../core/error.ts';
import {printable} from '../../core/printable.ts';
import {parsePublicKey} from '../../formats/signify.ts';
import {verifyFolder, type FolderReport} from '../../release/verify-folder.ts';
import type {Context} from '../context.ts';
import {readKeyFile} from '../../build/key-file.ts';

/**
 * `leanos verify FOLDER --key FILE.pub`: whether a release folder is whole and signed by one of the keys, and has nothing else
 * in it.
 */
export async function verifyCommand(
  folder: string,
  {key, json}: {readonly key: readonly string[]; readonly json?: boolean},
  context: Context,
): Promise<void> {
  if (key.length === 0)
    throw new LeanosError('USAGE', 'a signature says nothing without a key; --key FILE.pub is needed');
  const keys = await Promise.all(key.map((path) => readKeyFile(path, parsePublicKey)));
  const report = await verifyFolder(folder, keys);
  const complaint = complaintOf(folder, report);
  if (json === true)
    context.print(JSON.stringify({folder, whole: complaint === undefined, ...report}, null, 1));
  else if (complaint === undefined) context.print(allIsWell(folder, report));
  if (complaint === undefined) return;
  if (json !== true) throw new LeanosError('FILE', complaint);
  context.say(`leanos: ${complaint}`);
  process.exitCode = 1;
}

function allIsWell(folder: string, {key, checked, otherSignatures}: FolderReport): string {
  return [
    `${folder}: whole, and signed by ${key ?? ''}: SHA256SUMS and ${count(checked.length, 'file')}, which are all that it has`,
    ...otherSignatures.map(({name, what}) => `  not checked: ${name} (${what})`),
  ].join('\n');
}

/** What speaks against a folder; `undefined` where nothing does. */
function complaintOf(
  folder: string,
  {key, checked, otherSignatures, unchecked, wrong}: FolderReport,
): string | undefined {
  const beside = [...unchecked, ...otherSignatures].map(
    ({name, what}) => `  not checked: ${printable(name)} (${what})`,
  );
  if (wrong.length > 0)
    return [
      `${folder} must not be believed:`,
      ...wrong.map((line) => `  ${printable(line)}`),
      ...beside,
    ].join('\n');
  if (unchecked.length === 0) return undefined;
  return [
    `${folder}: SHA256SUMS is signed by ${key ?? ''} and ${count(checked.length, 'file')} with it are whole, but there is more that nothing vouches for:`,
    ...beside,
  ].join('\n');
}
