import {conditionsOf, unmet, type Symbols} from '../../formats/kconfig.ts';

/** What is said of a symbol that no file defines. */
export const UNKNOWN = 'there is no such option';

/** The files of a Kconfig tree, read when they are first asked for. */
export class KconfigFiles {
  readonly #texts = new Map<string, string | undefined>();
  readonly #read: (path: string) => Promise<string | undefined>;

  constructor(read: (path: string) => Promise<string | undefined>) {
    this.#read = read;
  }

  /** Why a symbol is not what it was asked to be. */
  async why(
    symbol: string,
    {top, final, prefix}: {top: string; final: Symbols; prefix: string},
  ): Promise<string> {
    for (;;) {
      const missing = new Set<string>();
      const conditions = conditionsOf(symbol, top, (path) => {
        if (!this.#texts.has(path)) missing.add(path);
        return this.#texts.get(path);
      });
      if (missing.size > 0) {
        for (const path of missing) this.#texts.set(path, await this.#read(path));
        continue;
      }
      if (conditions === undefined) return UNKNOWN;
      const not = unmet(conditions, final, prefix);
      return not.length === 0 ? 'another option decides it' : `it depends on ${not.join(', ')}`;
    }
  }
}
