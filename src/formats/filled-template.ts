import Handlebars from 'handlebars';

/** The text of a Handlebars template with its values filled in; a name that has no value is an error. `escape` is for HTML and XML. */
export function filledTemplate(
  template: string,
  values: Readonly<Record<string, unknown>>,
  {escape = false}: {readonly escape?: boolean} = {},
): string {
  return Handlebars.compile(template, {noEscape: !escape, strict: true})(values);
}
