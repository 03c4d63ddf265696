/** More than any script of a package takes: it would never end. */
const MOST_WORK = 1_000_000_000;
/** What a command costs, in signs that are looked at. */
export const WORK_OF_COMMAND = 10_000;
/** More than any text that a script holds, in signs. */
const MOST_TEXT = 16 * 2 ** 20;

/** How much a script, with all that it starts, may still do. Each of its deeds is counted as what it costs, by no clock. */
export class Effort {
  #left = MOST_WORK;
  readonly #exceeded: (message: string) => never;

  /** `exceeded` ends the script. */
  constructor(exceeded: (message: string) => never) {
    this.#exceeded = exceeded;
  }

  spend(work: number): void {
    this.#left -= work;
    if (this.#left < 0) this.#exceeded('does not end');
  }

  /** Counts a text that the script holds, of which some was added now. */
  hold(length: number, added = length): void {
    this.spend(added);
    if (length > MOST_TEXT) this.#exceeded('makes a text without end');
  }
}
