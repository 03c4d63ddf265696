import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';

const PAGE = join(CHECKOUT, 'docs/architectures.md');
const MARKS = /(?<=<!-- seen -->\n)[^]*?(?=<!-- \/seen -->)/;

/** What is looked at on a machine, in the order of the table. */
const COLUMNS = ['promises over ssh', '/usr', 'update', 'damaged update', 'switched off by'] as const;

/** What was seen of an architecture on a path; what was not looked at is not there. */
export type Seen = Partial<Record<(typeof COLUMNS)[number], string>>;

/** What docs/architectures.md says was seen of an architecture on a path. */
export function documented(arch: string, path: string): Seen {
  const head = `| \`${arch}\` | ${path} |`;
  const line = table().find((each) => each.startsWith(head));
  const cells = line?.slice(head.length).split('|').slice(0, -1) ?? [];
  return Object.fromEntries(COLUMNS.map((name, index) => [name, (cells[index] ?? '').trim()]));
}

/** Writes what was seen into docs/architectures.md, in place of what it says of the same architecture and path. */
export function document(arch: string, path: string, seen: Seen): void {
  const head = `| \`${arch}\` | ${path} |`;
  const row = `${head} ${COLUMNS.map((name) => seen[name] ?? '').join(' | ')} |`;
  const lines = table().slice(2);
  const others = lines.filter((line) => !line.startsWith(head));
  const heads = ['`--arch`', 'started by', ...COLUMNS];
  const all = [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...[...others, row].sort()];
  writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(MARKS, `${all.join('\n')}\n`));
}

function table(): string[] {
  const text = MARKS.exec(readFileSync(PAGE, 'utf8'))?.[0];
  if (text === undefined) throw new Error(`${PAGE} has no table of what was seen`);
  return text.trim().split('\n');
}
