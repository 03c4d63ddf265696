import {readFile} from 'node:fs/promises';
import Handlebars from 'handlebars';

/** A Handlebars file with its values filled in; a name that has no value is an error. */
export async function renderTemplate(
  path: string,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  return Handlebars.compile(await readFile(path, 'utf8'), {noEscape: true, strict: true})(values);
}
