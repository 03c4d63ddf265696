import {ShellSyntaxError} from './syntax.ts';

/** What ends a word where it is not quoted. */
const METACHARACTERS = ' \t\n;&|<>()';

/** A text that is read from its start to its end, with the line that the reader is at. */
export class Reader {
  readonly text: string;
  at = 0;
  readonly #firstLine: number;

  constructor(text: string, firstLine = 1) {
    this.text = text;
    this.#firstLine = firstLine;
  }

  get line(): number {
    return this.#firstLine + this.text.slice(0, this.at).split('\n').length - 1;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The sign that comes next; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Goes on behind a text, where it is what comes next. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  /** Goes on behind what a pattern with the flag `y` finds here. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found !== undefined) this.at = pattern.lastIndex;
    return found;
  }

  /** Blanks, lines that go on, and comments; no end of a line. */
  skipBlanks(): void {
    this.match(/(?:[ \t]|\\\n)+/y);
    this.match(/#[^\n]*/y);
  }

  get isAtDelimiter(): boolean {
    return this.isAtEnd || METACHARACTERS.includes(this.next);
  }

  fail(message: string): never {
    throw new ShellSyntaxError(message, this.line);
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`"${text}" is missing`);
  }
}
