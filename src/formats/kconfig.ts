/** Values by symbol, without `CONFIG_`: `y`, a number, or a string with its quotes; `n` where a line says "is not set". */
export type Symbols = ReadonlyMap<string, string>;

const SET = /^(\w+)=(.*)$/;
const NOT_SET = /^# (\w+) is not set$/;

/** Reads a .config or a fragment of one (Documentation/kbuild/kconfig.rst); a later line wins. */
export function parseConfig(text: string): Symbols {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = SET.exec(line) ?? [];
    const off = NOT_SET.exec(line)?.[1];
    if (name !== undefined) found.set(name, value ?? '');
    else if (off !== undefined) found.set(off, 'n');
  }
  return found;
}

/** What was asked for and is not in the final configuration, in the order of asking. */
export function notKept(asked: Symbols, final: Symbols): string[] {
  return [...asked].filter(([name, value]) => (final.get(name) ?? 'n') !== value).map(([name]) => name);
}

/** Reads a file of a Kconfig tree by its path from the top of it; `undefined` where it is not there. */
export type ReadKconfig = (path: string) => string | undefined;

/**
 * What a symbol depends on: the conditions of its own `depends on` lines and of the menus and `if`s around it, each as
 * written. `undefined` where no file of the tree defines it.
 */
export function conditionsOf(symbol: string, top: string, read: ReadKconfig): string[] | undefined {
  const walk = new KconfigWalk(symbol, read);
  walk.file(top, []);
  return walk.found;
}

/** Of conditions, the parts that do not hold in a configuration. `prefix` is what the configuration puts before names. */
export function unmet(conditions: readonly string[], final: Symbols, prefix: string): string[] {
  const parts = conditions.flatMap((condition) => splitAnd(condition));
  return [...new Set(parts)].filter((part) => !holds(part, (name) => final.get(prefix + name) ?? 'n'));
}

class KconfigWalk {
  found: string[] | undefined;
  readonly #symbol: string;
  readonly #read: ReadKconfig;

  constructor(symbol: string, read: ReadKconfig) {
    this.#symbol = symbol;
    this.#read = read;
  }

  file(path: string, around: readonly string[]): void {
    const text = this.#read(path);
    if (text === undefined) return;
    const blocks: string[][] = [];
    let block: 'menu' | 'other' | 'wanted' = 'other';
    for (const line of withoutHelp(text.replaceAll(/\\\n\s*/g, ' ').split('\n'))) {
      const [, word = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(line) ?? [];
      const inside = [...around, ...blocks.flat()];
      if (word === 'source') this.file(unquote(rest), inside);
      else if (word === 'if') blocks.push([rest]);
      else if (word === 'menu' || word === 'choice') {
        blocks.push([]);
        block = 'menu';
      } else if (word === 'endif' || word === 'endmenu' || word === 'endchoice') blocks.pop();
      else if (word === 'config' || word === 'menuconfig') {
        block = rest.trim() === this.#symbol ? 'wanted' : 'other';
        if (block === 'wanted') this.found = [...(this.found ?? []), ...inside];
      } else if (word === 'depends' && rest.startsWith('on ')) {
        const condition = rest
          .slice('on '.length)
          .replace(/\s+#.*$/, '')
          .trim();
        if (block === 'wanted') this.found?.push(condition);
        if (block === 'menu') blocks.at(-1)?.push(condition);
      }
    }
  }
}

/** Lines without the texts of `help`, which go on for as long as they are indented as their first line is. */
function withoutHelp(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let help: number | 'begins' | undefined;
  for (const line of lines) {
    const indent = line.replaceAll('\t', ' '.repeat(8)).search(/\S/);
    if (help === 'begins' && indent !== -1) help = indent;
    if (typeof help === 'number' && indent !== -1 && indent < help) help = undefined;
    if (help !== undefined) continue;
    if (/^\s*help\s*$/.test(line)) help = 'begins';
    else kept.push(line);
  }
  return kept;
}

function unquote(text: string): string {
  return text.trim().replace(/^"(.*)"$/, '$1');
}

/** The parts that `&&` joins at the top of an expression. */
function splitAnd(expression: string): string[] {
  const parts = split(expression, '&&').map(withoutParentheses);
  return parts.length === 1 ? parts : parts.flatMap(splitAnd);
}

function split(expression: string, operator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let at = 0; at < expression.length; at += 1) {
    const char = expression[at] ?? '';
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth === 0 && expression.startsWith(operator, at)) {
      parts.push('');
      at += operator.length - 1;
    } else parts.push((parts.pop() ?? '') + char);
  }
  return parts.map((part) => part.trim());
}

function withoutParentheses(part: string): string {
  const inner = /^\((.*)\)$/.exec(part)?.[1];
  return inner !== undefined && isBalanced(inner) ? withoutParentheses(inner.trim()) : part;
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function holds(expression: string, value: (name: string) => string): boolean {
  const text = withoutParentheses(expression.trim());
  const either = split(text, '||');
  if (either.length > 1) return either.some((part) => holds(part, value));
  const both = split(text, '&&');
  if (both.length > 1) return both.every((part) => holds(part, value));
  if (text.startsWith('!') && !text.includes('=')) return !holds(text.slice(1), value);
  const [, name = '', operator, wanted = ''] = /^(\w+)\s*(!?=)\s*"?([^"]*)"?$/.exec(text) ?? [];
  if (operator !== undefined) return (value(name).replaceAll('"', '') === wanted) === (operator === '=');
  return /^[ym]$/.test(text) || /^[ym]$/.test(value(text));
}
