import {CLASSES} from './patterns.ts';

/**
 * A basic or extended regular expression of POSIX as one of JavaScript; undefined where it cannot be said in it.
 */
export function basicExpression(
  text: string,
  how: {
    readonly isLiteral?: boolean;
    readonly isExtended?: boolean;
    readonly isWhole?: boolean;
    readonly isWord?: boolean;
    readonly ignoresCase?: boolean;
  } = {},
): RegExp | undefined {
  const source =
    how.isLiteral === true
      ? text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
      : sourceOf(text, how.isExtended === true);
  const word = how.isWord === true ? `\\b(?:${source})\\b` : source;
  try {
    return new RegExp(how.isWhole === true ? `^(?:${word})$` : word, how.ignoresCase === true ? 'i' : '');
  } catch {
    return undefined;
  }
}

/** In a basic expression braces, brackets, plus and question mark mean something behind a backslash only. */
function sourceOf(text: string, isExtended: boolean): string {
  const tokens = text.match(/\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\[^]|[^]/g) ?? [];
  return tokens
    .map((token, index) => {
      if (token.startsWith('[') && token.length > 1) return setOf(token);
      if (/^\\[<>]$/.test(token)) return '\\b';
      if (isExtended) return token;
      if (/^\\[(){}|+?]$/.test(token)) return token.slice(1);
      if (/^[(){}|+?]$/.test(token)) return `\\${token}`;
      return token === '*' && (index === 0 || tokens[index - 1] === '^') ? '\\*' : token;
    })
    .join('');
}

function setOf(token: string): string {
  const inner = token
    .slice(1, -1)
    .replaceAll('\\', '\\\\')
    .replaceAll(/\[:(\w+):\]/g, (_, name: string) => CLASSES[name] ?? '')
    .replace(/^(\^?)\]/, '$1\\]')
    .replaceAll('[', '\\[');
  return `[${inner}]`;
}
