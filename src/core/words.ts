const PART = String.raw`'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^\s'"\\]`;
const LINE = new RegExp(String.raw`^\s*(?:(?:${PART})+(?:\s+|$))*$`);
const WORD = new RegExp(`(?:${PART})+`, 'g');
const PARTS = new RegExp(PART, 'g');

/**
 * The words of a line as a shell tells them apart: blanks between them, quotes and backslashes around what is none (POSIX shell,
 * 2.2 Quoting); nothing else in it is special. `undefined` where a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  if (!LINE.test(line)) return undefined;
  return (line.match(WORD) ?? []).map((word) => (word.match(PARTS) ?? []).map(unquoted).join(''));
}

function unquoted(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (part.startsWith('"')) return part.slice(1, -1).replaceAll(/\\([$`"\\])/g, '$1');
  return part.startsWith('\\') ? part.slice(1) : part;
}

/** Words that a shell makes the same words of, once it has read a variable and evaluates it. */
export function quotedWords(words: readonly string[]): string {
  return words.map(quotedWord).join(' ');
}

/** One word, whatever is in it. */
export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
