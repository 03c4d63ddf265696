import {isUtf8} from 'node:buffer';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import {LeanosError} from '../core/error.ts';
import type {KeyFault} from '../core/key-fault.ts';
import {readRegular} from '../system/regular-file.ts';
import {shownPath} from '../system/shown-path.ts';
import type {ImageDefinition} from './image.ts';
import {placeOf, type Places} from './places.ts';

/** The words that the guest knows, with what each is: a line of WORD, tab, FACT for each. */
const WORDS = 'init-scripts/services/usr/lib/leanos/instance-words';

/**
 * The image with the texts of its services' templates, and what is wrong with the keys that name them.
 * @throws LeanosError CONFIG_INVALID with every place of a template that the guest would not understand
 */
export async function withTemplates(
  image: ImageDefinition,
  places: Places,
): Promise<{readonly image: ImageDefinition; readonly faults: readonly KeyFault[]}> {
  if (image.services.every(({files}) => files.length === 0)) return {image, faults: []};
  const words = await readWords(places);
  const faults: KeyFault[] = [];
  const wrong: Diagnostic[] = [];
  const services = [];
  for (const service of image.services) {
    const files = [];
    for (const file of service.files) {
      const {root, path} = placeOf(file.template, places);
      const shown = shownPath(join(root, path));
      const read = await readTemplate(join(root, path), shown);
      if ('message' in read)
        faults.push({path: ['services', service.name, 'files', file.path], message: read.message});
      const text = 'text' in read ? read.text : '';
      wrong.push(...checkTemplate(text, shown, words));
      files.push({...file, text});
    }
    services.push({...service, files});
  }
  if (wrong.length > 0) throw configError(wrong);
  return {image: {...image, services}, faults};
}

/** The guest holds a file in memory while it fills it in. */
const MOST_BYTES = 2 ** 20;

async function readTemplate(
  path: string,
  shown: string,
): Promise<{readonly text: string} | {readonly message: string}> {
  try {
    const bytes = await readRegular(path, {most: MOST_BYTES});
    if (bytes === undefined) return {message: `there is no file ${shown}`};
    return isUtf8(bytes) && !bytes.includes(0)
      ? {text: bytes.toString('utf8')}
      : {message: `${shown} is no text: an overlay takes any file as it is`};
  } catch (error) {
    if (error instanceof LeanosError) return {message: error.message};
    throw error;
  }
}

async function readWords({home}: Places): Promise<readonly string[]> {
  const lines = (await readFile(join(home, WORDS), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => line.split('\t')[0] ?? '');
}

/** What of a template the guest's fill.awk would leave empty, or as it is. */
export function checkTemplate(text: string, file: string, words: readonly string[]): Diagnostic[] {
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\{\{([^{}]*)\}\}|\{%/g)].flatMap(({0: found, 1: inner, index: at}) => {
      if (inner !== undefined && words.includes(wordOf(inner))) return [];
      const message =
        inner === undefined
          ? 'found {%; of Jinja only {{ WORD }} is filled in'
          : `found ${found}; known here: ${words.join(', ')}`;
      return [{file, line: index + 1, column: at + 1, path: '', message}];
    }),
  );
}

/** The word of a place, without what means nothing, as cloud-init's names have it. */
function wordOf(inner: string): string {
  return inner
    .replace(/[ \t]/g, '')
    .replace(/^(?:v1|ds\.meta_data)\./, '')
    .replaceAll('-', '_');
}
