import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import {LeanosError} from '../core/error.ts';
import {suggest} from '../core/suggest.ts';
import {parseYaml, type YamlDocument} from './yaml.ts';

/** Larger files are not even read; parseYaml says why. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/**
 * Reads `FOLDER/NAME.yaml`. `from` is where another file names it.
 * @throws LeanosError CONFIG_INVALID when it is not there (with the names that are), or is no YAML
 */
export async function readDefinition(
  folder: string,
  name: string,
  {kind, from}: {kind: 'image' | 'channel'; from?: Diagnostic | undefined},
): Promise<YamlDocument> {
  const path = join(folder, `${name}.yaml`);
  const label = `${basename(folder)}/${name}.yaml`;
  const found = /^[a-z0-9][a-z0-9-]*$/.test(name) ? await stat(path).catch(() => undefined) : undefined;
  if (found?.isFile() !== true) throw await unknownName(folder, name, {kind, from});
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

async function unknownName(
  folder: string,
  name: string,
  {kind, from}: {kind: string; from?: Diagnostic | undefined},
): Promise<LeanosError> {
  const known = await definitionNames(folder);
  const near = suggest(name, known);
  const message = `no ${kind} "${name}" in ${basename(folder)}/; ${near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`}`;
  return from === undefined ? new LeanosError('CONFIG_INVALID', message) : configError([{...from, message}]);
}
