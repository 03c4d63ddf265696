/** A line of a unit: `[Service]`, `ExecStart`, its value. */
export interface UnitLine {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The lines of a unit of systemd, in their order: systemd.syntax(7). What is no line of a section is left out, as systemd does. */
export function parseUnit(text: string): UnitLine[] {
  const lines: UnitLine[] = [];
  let section = '';
  for (const line of joinedLines(text)) {
    const header = /^\[(.+)\]$/.exec(line);
    if (header !== null) section = header[1] ?? '';
    const [, key, value = ''] = /^([A-Za-z]\w*)\s*=\s*([^]*)$/.exec(line) ?? [];
    if (key !== undefined) lines.push({section, key, value});
  }
  return lines;
}

/** A backslash at the end of a line is a blank, and the next one goes on; comments between them are left out. */
function joinedLines(text: string): string[] {
  const joined: string[] = [];
  let open = false;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (/^[#;]/.test(line)) continue;
    const whole: string = open ? `${joined.pop() ?? ''} ${line}` : line;
    open = whole.endsWith('\\');
    joined.push(open ? whole.slice(0, -1).trimEnd() : whole);
  }
  return joined;
}
