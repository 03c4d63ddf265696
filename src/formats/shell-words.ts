/** Words that a shell makes the same words of, once it has read a variable and evaluates it. */
export function quotedWords(words: readonly string[]): string {
  return words.map(quotedWord).join(' ');
}

/** One word, whatever is in it. */
export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
