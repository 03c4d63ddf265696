import {conditionsOf, unmet, type Symbols} from '../../formats/kconfig.ts';

/** What is said of a symbol that no file defines. */
export const UNKNOWN = 'there is no such option';

/** Keys of a definition by the conditions of Buildroot's that they fulfil, and what they do. */
const ANSWERS = [
  {
    condition: /(?<!\w)(!BR2_STATIC_LIBS|BR2_SHARED_LIBS)(?!\w)/,
    key: 'buildroot: {linking: shared}',
    does: 'makes the userland with shared libraries, which it needs',
  },
];

/** What in a definition answers one of the reasons why symbols were not kept; `undefined` where nothing does. */
export function answerTo(reasons: readonly string[]): string | undefined {
  const found = ANSWERS.find(({condition}) => reasons.some((reason) => condition.test(reason)));
  return found === undefined ? undefined : `${found.key}     ${found.does}`;
}

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
