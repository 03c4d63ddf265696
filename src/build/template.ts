import {readFile} from 'node:fs/promises';
import Handlebars from 'handlebars';

/** A Handlebars file with its values filled in; a name that has no value is an error. `escape` is for HTML and XML. */
export async function renderTemplate(
  path: string,
  values: Readonly<Record<string, unknown>>,
  {escape = false}: {readonly escape?: boolean} = {},
): Promise<string> {
  return Handlebars.compile(await readFile(path, 'utf8'), {noEscape: !escape, strict: true})(values);
}
