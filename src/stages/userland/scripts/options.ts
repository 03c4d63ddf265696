/** The options of a command that a script calls, as getopt_long(3) tells them from its words. */
export interface ReadOptions {
  /** Values by the options' names without their dashes, a line each where there are several; a switch has an empty one. */
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/**
 * Reads the options of a command: those of `valued` have a value, those of `switches` none. undefined where there is another one.
 */
export function readOptions(
  args: readonly string[],
  {valued = [], switches = []}: {valued?: readonly string[]; switches?: readonly string[]},
): ReadOptions | undefined {
  const values = new Map<string, string>();
  const words: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest);
      break;
    }
    if (!word.startsWith('-') || word === '-') words.push(word);
    else if (!readOption(word, rest, {values, valued, switches})) return undefined;
  }
  return {values, words};
}

interface Known {
  readonly values: Map<string, string>;
  readonly valued: readonly string[];
  readonly switches: readonly string[];
}

function readOption(word: string, rest: string[], {values, valued, switches}: Known): boolean {
  const [, long, value] = /^--([\w-]+)(?:=([^]*))?$/.exec(word) ?? [];
  if (long !== undefined) {
    if (switches.includes(long) && value === undefined) values.set(long, '');
    else if (valued.includes(long)) add(values, long, value ?? rest.shift() ?? '');
    else return false;
    return true;
  }
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    if (valued.includes(letter)) {
      add(values, letter, word.slice(at + 1) || (rest.shift() ?? ''));
      return true;
    }
    if (!switches.includes(letter)) return false;
    values.set(letter, '');
  }
  return true;
}

function add(values: Map<string, string>, name: string, value: string): void {
  const before = values.get(name);
  values.set(name, before === undefined ? value : `${before}\n${value}`);
}
