/** A text that somebody else wrote as a terminal may show it: nothing in it is obeyed, and it is one line. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[^\\]/u, '?'),
  );
}
