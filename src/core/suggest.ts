/** The known word that is nearest to a mistyped one, or `undefined` when none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  return nearWords(word, known)[0];
}

/** The known words that are near to a mistyped one, the nearest first. */
export function nearWords(word: string, known: readonly string[]): string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  return known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit) // no nearer than that, whatever the letters
    .map((candidate) => ({candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase())}))
    .filter(({distance}) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .map(({candidate}) => candidate);
}

/** Damerau's distance in its restricted form: insertions, deletions, replacements, and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({length: b.length + 1}, (_, column) => column)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) row.push(cell(a, b, {i, j, rows, row}));
    rows.push(row);
  }
  return at(rows[a.length], b.length);
}

interface Place {
  readonly i: number;
  readonly j: number;
  readonly rows: readonly (readonly number[])[];
  readonly row: readonly number[];
}

function cell(a: string, b: string, {i, j, rows, row}: Place): number {
  const above = rows[i - 1];
  const replace = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const least = Math.min(at(above, j) + 1, at(row, j - 1) + 1, replace);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(least, at(rows[i - 2], j - 2) + 1) : least;
}

function at(row: readonly number[] | undefined, column: number): number {
  return row?.[column] ?? Number.POSITIVE_INFINITY;
}
