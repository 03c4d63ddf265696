import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';

const MARKS = /(?<=<!-- seen -->\n)[^]*?(?=<!-- \/seen -->)/;

/** What was seen of one thing, by column; what was not looked at is not there. */
export type Seen<Column extends string> = Partial<Record<Column, string>>;

/** The table of a page of docs/ that a run of the tests fills. Its first columns say which thing a row is of. */
export class NotedTable<Column extends string> {
  readonly #page: string;
  readonly #keys: readonly string[];
  readonly #columns: readonly Column[];

  /** `page` is a file in docs/; `keys` are the heads of the first columns, `columns` those of the others. */
  constructor(page: string, keys: readonly string[], columns: readonly Column[]) {
    this.#page = join(CHECKOUT, 'docs', page);
    this.#keys = keys;
    this.#columns = columns;
  }

  /** What the page says of a thing; `undefined` where it has no row of it. */
  documented(keys: readonly string[]): Seen<Column> | undefined {
    const head = rowOf(keys);
    const line = this.#rows().find((each) => each.startsWith(head));
    if (line === undefined) return undefined;
    const cells = line.slice(head.length).split('|');
    return Object.fromEntries(
      this.#columns.map((name, index) => [name, (cells[index] ?? '').trim()]),
    ) as Seen<Column>;
  }

  /** Writes what was seen of a thing into the page, in place of what that says of the same. */
  document(keys: readonly string[], seen: Seen<Column>): void {
    const head = rowOf(keys);
    const row = `${head} ${this.#columns.map((name) => seen[name] ?? '').join(' | ')} |`;
    const others = this.#rows().filter((line) => !line.startsWith(head));
    const heads = [...this.#keys, ...this.#columns];
    const all = [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...[...others, row].sort()];
    writeFileSync(this.#page, this.#text().replace(MARKS, `${all.join('\n')}\n`));
  }

  #text(): string {
    return readFileSync(this.#page, 'utf8');
  }

  #rows(): string[] {
    const text = MARKS.exec(this.#text())?.[0];
    if (text === undefined) throw new Error(`${this.#page} has no table of what was seen`);
    return text.trim().split('\n').slice(2);
  }
}

const rowOf = (keys: readonly string[]): string => `| ${keys.join(' | ')} |`;

const ARCHITECTURE_COLUMNS = [
  'promises over ssh',
  '/usr',
  'update',
  'damaged update',
  'switched off by',
] as const;
/** What is looked at on a machine of an architecture. */
export type ArchitectureSeen = Seen<(typeof ARCHITECTURE_COLUMNS)[number]>;

/** What test/boot/architectures.test.ts has seen, by architecture and by what started it. */
export const ARCHITECTURE_NOTES = new NotedTable(
  'architectures.md',
  ['`--arch`', 'started by'],
  ARCHITECTURE_COLUMNS,
);

/** What test/boot/packages.test.ts has seen, and test/tools/package-deeds.test.ts what was done. */
export const PACKAGE_NOTES = new NotedTable(
  'packages.md',
  ['package'],
  ['what it did', 'disk', 'memory', 'to its answer', 'what was done for it'],
);
