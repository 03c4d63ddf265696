/** A value of xl.cfg(5): texts, numbers, and lists of texts. */
export type XlValue = string | number | readonly string[];

/** A configuration file of xl, as xl.cfg(5) has it: `name = value`, a line each. */
export function xlConfig(settings: Readonly<Record<string, XlValue>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${xlValue(value)}\n`)
    .join('');
}

function xlValue(value: XlValue): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? xlText(value) : `[ ${value.map(xlText).join(', ')} ]`;
}

/** A text of xl.cfg(5). libxlu_cfg_l.l of Xen: a backslash stands before what would end it. */
export function xlText(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
