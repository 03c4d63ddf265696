/** `1 file`, `2 files`: a number with what is counted, whose plural ends in s. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
