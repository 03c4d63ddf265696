import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {suggest} from '../../core/suggest.ts';
import {conditionsOf, unmet, type Symbols} from '../../formats/kconfig.ts';
import type {Run} from '../../system/run.ts';
import type {ExternalTrees} from './external-trees.ts';

/** What is said of a symbol that no file defines. */
const UNKNOWN = 'there is no such option';

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

/** Where options are looked up that a configuration did not keep. */
interface LostContext {
  /** The configuration as Buildroot made it. */
  readonly final: Symbols;
  /** Buildroot itself. */
  readonly folder: string;
  readonly trees: ExternalTrees;
  readonly run: Run;
}

/** That Buildroot does not keep options, and why not. */
export async function lostSymbols(lost: readonly string[], context: LostContext): Promise<LeanosError> {
  const {folder, trees, run} = context;
  const files = new KconfigFiles((path) =>
    readFile(trees.place(path, folder), 'utf8').catch(() => undefined),
  );
  const listed = await run(['ls', join(folder, 'package'), join(trees.own, 'package')]);
  const packages = [...listed.split('\n'), ...(trees.project?.recipes.keys() ?? [])];
  const lines: string[] = [];
  for (const symbol of lost)
    lines.push(`  ${symbol}: ${await whyLost(symbol, {files, packages, ...context})}`);
  const hint = answerTo(lines);
  const message = `Buildroot does not keep\n${lines.join('\n')}`;
  return new LeanosError('CONFIG_INVALID', message, hint === undefined ? {} : {hint});
}

async function whyLost(
  symbol: string,
  {
    files,
    packages,
    final,
    trees,
  }: LostContext & {readonly files: KconfigFiles; readonly packages: readonly string[]},
): Promise<string> {
  for (const top of ['Config.in', ...trees.folders.map((each) => join(each, 'Config.in'))]) {
    const why = await files.why(symbol, {top, final, prefix: ''});
    if (why !== UNKNOWN) return why;
  }
  if (!symbol.startsWith('BR2_PACKAGE_')) return UNKNOWN;
  const name = symbol
    .replace(/^BR2_PACKAGE_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  const near = suggest(name, packages);
  return `Buildroot has no package "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}
