import type {Machine} from './machine.ts';

/** Patterns of the shell as a regular expression; pieces that are quoted stand for themselves. */
export function globPattern(pieces: readonly {readonly text: string; readonly quoted: boolean}[]): RegExp {
  const source = pieces.map(({text, quoted}) => (quoted ? literal(text) : globSource(text, '[^]')));
  return new RegExp(`^(?:${source.join('')})$`);
}

/** The paths of a machine that a pattern with folders matches, sorted. */
export function matchesPattern(pattern: string, machine: Machine): string[] {
  const parts = pattern.split('/');
  let found = [parts[0] === '' ? '' : undefined];
  for (const part of parts[0] === '' ? parts.slice(1) : parts) {
    found = found.flatMap((folder) => {
      const start = folder === undefined ? '' : `${folder}/`;
      if (!/[*?[]/.test(part)) return [`${start}${part}`];
      const isHidden = part.startsWith('.');
      const wanted = new RegExp(`^${globSource(part, '[^/]')}$`);
      const names = machine.names(folder === undefined ? '.' : `${folder}/`);
      return names
        .filter((name) => wanted.test(name) && (isHidden || !name.startsWith('.')))
        .map((name) => `${start}${name}`);
    });
  }
  return found.filter(
    (path): path is string => path !== undefined && machine.get(path, {follow: false}) !== undefined,
  );
}

function globSource(glob: string, any: string): string {
  const tokens = glob.match(/\[[!^]?\]?[^\]]*\]|[^]/g) ?? [];
  return tokens.map((token) => tokenSource(token, any)).join('');
}

function tokenSource(token: string, any: string): string {
  if (token === '*') return `${any}*`;
  if (token === '?') return any;
  if (token.length === 1) return literal(token);
  const inner = token.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\');
  return `[${inner.replaceAll(/\[:(\w+):\]/g, (_, name: string) => CLASSES[name] ?? '')}]`;
}

/** The classes of signs of POSIX, as a part of a set. */
export const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  space: '\\s',
  upper: 'A-Z',
};

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
