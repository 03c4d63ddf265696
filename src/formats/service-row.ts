import {quotedWord, splitWords} from '../core/words.ts';

/** Variables of a service's row, by name: init-scripts/services/usr/lib/leanos/services.sh says what holds without one. */
export type RowVariables = Readonly<Record<string, string>>;

/** A row as the guest's shell reads it, below lines of comment; empty variables are left out. */
export function formatServiceRow(comments: readonly string[], variables: RowVariables): string {
  const said = Object.entries(variables).filter(([, value]) => value !== '');
  return [
    ...comments.map((comment) => `# ${comment}`),
    ...said.map(([name, value]) => `${name}=${quotedWord(value)}`),
    '',
  ].join('\n');
}

export function parseServiceRow(text: string): RowVariables {
  const words = splitWords(text.replaceAll(/^#.*$/gm, '')) ?? [];
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
