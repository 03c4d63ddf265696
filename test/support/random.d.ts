/** Random numbers that are the same in every run, so that a failure can be seen again. */
export interface Random {
    /** A whole number from 0 to below `limit`. */
    below(limit: number): number;
    of<T>(values: readonly T[]): T;
    /** A copy with a few bytes changed, taken out, doubled or put in. */
    damage(bytes: Buffer): Buffer;
}
/** xorshift32 (Marsaglia, "Xorshift RNGs", 2003). */
export declare function randomFrom(seed: number): Random;
