import type {Reader} from './reader.ts';
import type {Part, Script, Word} from './syntax.ts';

/** Reads the commands in a text that begins at a line. */
type ReadScript = (text: string, line: number) => Script;

/** Reads the words of a script: quotes, parameters, what commands print, arithmetic. */
export class WordReader {
  readonly #reader: Reader;
  /** Reads commands up to an unquoted ")", which it leaves. */
  readonly #readCommands: () => Script;
  readonly #readScript: ReadScript;

  constructor(reader: Reader, scripts: {readCommands: () => Script; readScript: ReadScript}) {
    this.#reader = reader;
    this.#readCommands = scripts.readCommands;
    this.#readScript = scripts.readScript;
  }

  /** A word up to what ends one; within `${…}` that is a brace. */
  read(within: 'command' | 'braces' = 'command'): Word {
    const reader = this.#reader;
    const parts: Part[] = [];
    while (!reader.isAtEnd && (within === 'command' ? !reader.isAtDelimiter : reader.next !== '}'))
      parts.push(...this.#piece());
    return parts;
  }

  #piece(): Part[] {
    const reader = this.#reader;
    if (reader.take("'")) {
      const [, text = ''] = reader.match(/([^']*)'/y) ?? reader.fail("a ' is not closed");
      return [{kind: 'text', text, quoted: true}];
    }
    if (reader.take('"')) return this.quoted('"');
    if (reader.take('\\\n')) return [];
    if (reader.take('\\')) return [{kind: 'text', text: reader.match(/[^]/y)?.[0] ?? '', quoted: true}];
    return [this.#expansion(false) ?? {kind: 'text', text: this.#plain(), quoted: false}];
  }

  #plain(): string {
    return this.#reader.match(/[^\s'"\\$`;&|<>()}]+|[^]/y)?.[0] ?? '';
  }

  /** What is within double quotes, or a here-document where nothing ends it. */
  quoted(end: '"' | ''): Part[] {
    const reader = this.#reader;
    const parts: Part[] = [{kind: 'text', text: '', quoted: true}];
    while (end === '' ? !reader.isAtEnd : !reader.take(end)) {
      if (reader.isAtEnd) reader.fail('a " is not closed');
      if (reader.take('\\\n')) continue;
      const escaped = reader.match(end === '' ? /\\([$`\\])/y : /\\([$`"\\])/y);
      const text = escaped?.[1];
      parts.push(
        text === undefined
          ? (this.#expansion(true) ?? {
              kind: 'text',
              text: reader.match(/[^"\\$`]+|[^]/y)?.[0] ?? '',
              quoted: true,
            })
          : {kind: 'text', text, quoted: true},
      );
    }
    return parts;
  }

  /** What begins with a dollar sign or a backquote, and is not that sign alone. */
  #expansion(quoted: boolean): Part | undefined {
    const reader = this.#reader;
    if (reader.take('`')) return this.#backquoted(quoted);
    if (reader.next !== '$') return undefined;
    if (reader.take('$((')) return {kind: 'arithmetic', expression: this.#arithmetic(), quoted};
    if (reader.take('$(')) {
      const script = this.#readCommands();
      reader.expect(')');
      return {kind: 'command', script, quoted};
    }
    if (reader.take('${')) return this.#braces(quoted);
    const name = reader.match(/\$([A-Za-z_]\w*|[0-9@*#?$!-])/y)?.[1];
    if (name === undefined) return undefined;
    return {kind: 'parameter', name, isLength: false, operator: '', word: [], quoted};
  }

  #backquoted(quoted: boolean): Part {
    const reader = this.#reader;
    const {line} = reader;
    const [, text = ''] = reader.match(/((?:[^`\\]|\\[^])*)`/y) ?? reader.fail('a ` is not closed');
    return {kind: 'command', script: this.#readScript(text.replaceAll(/\\([$`\\])/g, '$1'), line), quoted};
  }

  #braces(quoted: boolean): Part {
    const reader = this.#reader;
    const isLength = reader.match(/#(?=[A-Za-z_0-9@*?])/y) !== undefined;
    const name =
      reader.match(/[A-Za-z_]\w*|\d+|[@*#?$!-]/y)?.[0] ?? reader.fail('the name of a parameter is missing');
    const operator = reader.match(/:?[-=+?]|##?|%%?/y)?.[0] ?? '';
    const word = this.read('braces');
    reader.expect('}');
    return {kind: 'parameter', name, isLength, operator, word, quoted};
  }

  #arithmetic(): Word {
    const reader = this.#reader;
    const parts: Part[] = [];
    for (let open = 0; open > 0 || !reader.take('))');) {
      if (reader.isAtEnd) reader.fail('"))" is missing');
      if (reader.take('\\')) continue;
      if (reader.next === '(') open += 1;
      if (reader.next === ')') open -= 1;
      parts.push(
        this.#expansion(true) ?? {
          kind: 'text',
          text: reader.match(/[^]/y)?.[0] ?? '',
          quoted: true,
        },
      );
    }
    return parts;
  }
}
