/** Random numbers that are the same in every run, so that a failure can be seen again. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  of<T>(values: readonly T[]): T;
  /** A copy with a few bytes changed, taken out, doubled or put in. */
  damage(bytes: Buffer): Buffer;
}

const HOSTILE = [
  '"',
  "'",
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\\',
  '$(reboot)',
  '`id`',
  '../',
  '{',
  '[',
  ']',
  ':',
  '- ',
  '#',
  '%',
  '\xff',
  '|',
  '&',
  '*',
  '!',
];

/** xorshift32 (Marsaglia, "Xorshift RNGs", 2003). */
export function randomFrom(seed: number): Random {
  let state = seed * 2654435761 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const of = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  return {below, of, damage: (bytes) => damaged(bytes, below, of)};
}

function damaged(bytes: Buffer, below: Random['below'], of: Random['of']): Buffer {
  let result = bytes;
  for (let change = 1 + below(4); change > 0; change -= 1) {
    const from = below(result.length + 1);
    const to = Math.min(result.length, from + below(12));
    const part = of([
      Buffer.alloc(0),
      Buffer.from(of(HOSTILE), 'latin1'),
      Buffer.from([below(256)]),
      result.subarray(from, to),
    ]);
    const rest = of([result.subarray(from), result.subarray(to)]);
    result = Buffer.concat([result.subarray(0, from), part, rest]);
  }
  return result;
}
