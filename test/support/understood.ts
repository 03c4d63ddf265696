import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';

const FOLDER = join(CHECKOUT, 'init-scripts/rootfs/usr/lib/leanos/understood');

/** The kinds of documents that have a table of what is understood of them. */
export const UNDERSTOOD = readdirSync(FOLDER).sort();

export interface UnderstoodRow {
  readonly path: string;
  readonly shapes: readonly string[];
  readonly note: string;
}

export function readUnderstood(kind: string): UnderstoodRow[] {
  const lines = readFileSync(join(FOLDER, kind), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [path = '', shapes = '', note = ''] = line.split('\t');
    return {path, shapes: shapes.split(' '), note};
  });
}

/** A page whose tables between `<!-- understood: KIND -->` and `<!-- end -->` are those of the guest. */
export function withUnderstood(page: string): string {
  return page.replaceAll(
    /(<!-- understood: (\S+) -->\n).*?(?=<!-- end -->)/gs,
    (_, head: string, kind: string) => `${head}${markdownTable(kind)}`,
  );
}

function markdownTable(kind: string): string {
  const rows = readUnderstood(kind).map(
    ({path, shapes, note}) =>
      `| \`${path}\` | ${shapes.filter((shape) => shape !== 'null').join(', ')} | ${note} |\n`,
  );
  return `| \`${kind}\` | may be | |\n| --- | --- | --- |\n${rows.join('')}`;
}
