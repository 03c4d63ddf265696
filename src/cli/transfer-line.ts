import {formatSize} from '../core/size.ts';
import type {Context} from './context.ts';

const DRAW_MS = 100;

/** A line that says how far a transfer is, drawn anew in place; where there is no terminal, nothing is drawn. */
export function transferLine(stream: NodeJS.WriteStream = process.stderr): {
  readonly moved: (name: string, bytes: number, of: number) => void;
  readonly done: () => void;
} {
  const isDrawn = stream.isTTY && process.env['TERM'] !== 'dumb';
  let current = {name: '', bytes: 0, drawnMs: 0};
  return {
    moved(name, bytes, of) {
      if (current.name !== name) current = {name, bytes: 0, drawnMs: 0};
      current.bytes += bytes;
      if (!isDrawn || performance.now() - current.drawnMs < DRAW_MS) return;
      current.drawnMs = performance.now();
      stream.write(`\r\x1b[K  … ${name}  ${formatSize(current.bytes)} of ${formatSize(of)}`);
    },
    done() {
      if (isDrawn) stream.write('\r\x1b[K');
    },
  };
}

/** What came of a file, as a line. */
export function saysOutcome(
  {say}: Pick<Context, 'say'>,
  {name, bytes, outcome}: {name: string; bytes: number; outcome: 'brought' | 'there'},
): void {
  say(
    `  ${outcome === 'brought' ? '+' : '='} ${name}  ${formatSize(bytes)}${outcome === 'there' ? ', is there already' : ''}`,
  );
}
