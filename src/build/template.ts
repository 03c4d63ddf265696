import {readFile} from 'node:fs/promises';
import {filledTemplate} from '../formats/filled-template.ts';

/** A Handlebars file with its values filled in; a name that has no value is an error. `escape` is for HTML and XML. */
export async function renderTemplate(
  path: string,
  values: Readonly<Record<string, unknown>>,
  options: {readonly escape?: boolean} = {},
): Promise<string> {
  return filledTemplate(await readFile(path, 'utf8'), values, options);
}
