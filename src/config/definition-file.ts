import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import {LeanosError} from '../core/error.ts';
import {NAME} from '../core/names.ts';
import {printable} from '../core/printable.ts';
import {suggest} from '../core/suggest.ts';
import {shownPath} from '../system/shown-path.ts';
import {parseYaml, type YamlDocument} from './yaml.ts';

/** Larger files are not even read; parseYaml says why. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** What is read, and who asks for it. */
interface Asked {
  readonly kind: 'image' | 'channel';
  /** Where another file names it. */
  readonly from?: Diagnostic | undefined;
  /** The folder of those that leanos brings, where it is another one. */
  readonly beside?: string | undefined;
}

/**
 * Reads `FOLDER/NAME.yaml`.
 * @throws LeanosError CONFIG_INVALID when it is not there (with the names that are), or is no YAML
 */
export async function readDefinition(folder: string, name: string, asked: Asked): Promise<YamlDocument> {
  const path = join(folder, `${name}.yaml`);
  const label = shownPath(path);
  const found = NAME.test(name) ? await stat(path).catch(() => undefined) : undefined;
  if (found?.isFile() !== true) throw await unknownName(folder, name, asked);
  if (found.size > MAX_READ_BYTES) {
    throw configError([
      {file: label, line: 1, column: 1, path: '', message: `the file has ${found.size} bytes`},
    ]);
  }
  return parseYaml(await readFile(path), label);
}

/** The names of the definitions in a folder, sorted. */
export async function definitionNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

async function unknownName(folder: string, name: string, {kind, from, beside}: Asked): Promise<LeanosError> {
  const brought = beside === undefined ? [] : await definitionNames(beside);
  const known = [...(await definitionNames(folder)), ...brought.map((each) => `leanos/${each}`)];
  const near = brought.includes(name) ? `leanos/${name}` : suggest(name, known);
  const message = known.includes(name)
    ? `"${printable(name)}" can be no ${kind}'s name: small letters, digits and "-" are needed`
    : `no ${kind} "${name}" in ${shownPath(folder)}/; ${near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`}`;
  return from === undefined ? new LeanosError('CONFIG_INVALID', message) : configError([{...from, message}]);
}
