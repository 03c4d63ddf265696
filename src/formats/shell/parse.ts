import {Reader} from './reader.ts';
import type {Assignment, Command, Redirection, Script, SimpleCommand, Word} from './syntax.ts';
import {WordReader} from './words.ts';

const REDIRECTION = /(\d*)(<<-|<<|<&|>&|>>|>\||<>|<|>)/y;
const RESERVED = /[a-z]+(?=[\s;&|<>()]|$)|[{}!](?=\s|;|$)/y;

/**
 * Reads a script of the POSIX shell.
 * @throws ShellSyntaxError with the line where it is none
 */
export function parseShell(text: string, firstLine = 1): Script {
  const parser = new Parser(new Reader(text, firstLine));
  return parser.whole();
}

/** A here-document whose text is still to come. */
interface Pending {
  readonly end: string;
  readonly isLiteral: boolean;
  readonly stripsTabs: boolean;
  readonly fill: (word: Word) => void;
}

class Parser {
  readonly #reader: Reader;
  readonly #words: WordReader;
  #pending: Pending[] = [];

  constructor(reader: Reader) {
    this.#reader = reader;
    this.#words = new WordReader(reader, {readCommands: () => this.#list([]), readScript: parseShell});
  }

  whole(): Script {
    const script = this.#list([]);
    if (!this.#reader.isAtEnd) this.#reader.fail(`"${this.#reader.next}" is not expected`);
    return script;
  }

  /** Commands up to one of these reserved words, which is left, to a ")" or to ";;". */
  #list(ends: readonly string[]): Script {
    const commands: Command[] = [];
    for (;;) {
      this.#skipLines();
      const reader = this.#reader;
      if (reader.isAtEnd || reader.next === ')' || reader.startsWith(';;')) return commands;
      if (ends.includes(this.#peekReserved())) return commands;
      commands.push(this.#andOr());
      this.#reader.skipBlanks();
      if (!reader.startsWith(';;')) reader.match(/[;&]/y);
    }
  }

  #skipLines(): void {
    const reader = this.#reader;
    reader.skipBlanks();
    while (reader.take('\n')) {
      for (const document of this.#pending.splice(0)) document.fill(this.#hereDocument(document));
      reader.skipBlanks();
    }
  }

  #hereDocument({end, isLiteral, stripsTabs}: Pending): Word {
    const reader = this.#reader;
    const {line} = reader;
    let text = '';
    for (;;) {
      const [whole = '', content = ''] = reader.match(/([^\n]*)(?:\n|$)/y) ?? [];
      const stripped = stripsTabs ? content.replace(/^\t+/, '') : content;
      if (stripped === end || (whole === '' && reader.isAtEnd)) break;
      text += `${stripped}\n`;
    }
    if (isLiteral) return [{kind: 'text', text, quoted: true}];
    const inside = new Reader(text, line);
    const parser = new Parser(inside);
    return parser.#words.quoted('');
  }

  #peekReserved(): string {
    const {at} = this.#reader;
    const word = this.#reader.match(RESERVED)?.[0] ?? '';
    this.#reader.at = at;
    return word;
  }

  #takeReserved(word: string): boolean {
    this.#skipLines();
    return this.#peekReserved() === word && this.#reader.take(word);
  }

  #expectReserved(word: string): void {
    if (!this.#takeReserved(word)) this.#reader.fail(`"${word}" is missing`);
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      this.#reader.skipBlanks();
      const operator = this.#reader.match(/&&|\|\|/y)?.[0];
      if (operator !== '&&' && operator !== '||') return left;
      this.#skipLines();
      left = {kind: 'and-or', left, operator, right: this.#pipeline()};
    }
  }

  #pipeline(): Command {
    const isNegated = this.#takeReserved('!');
    const commands = [this.#command()];
    for (;;) {
      this.#reader.skipBlanks();
      if (this.#reader.startsWith('||') || !this.#reader.take('|')) break;
      this.#skipLines();
      commands.push(this.#command());
    }
    const [first] = commands;
    if (first !== undefined && commands.length === 1 && !isNegated) return first;
    return {kind: 'pipeline', commands, isNegated};
  }

  #command(): Command {
    this.#skipLines();
    const compound = this.#compound();
    if (compound === undefined) return this.#simple();
    const redirections = this.#redirections();
    return redirections.length === 0 ? compound : {kind: 'redirected', command: compound, redirections};
  }

  #compound(): Command | undefined {
    const reader = this.#reader;
    if (reader.take('(')) {
      const body = this.#list([]);
      reader.expect(')');
      return {kind: 'group', body, isSubshell: true};
    }
    const name = reader.match(/([A-Za-z_][\w-]*)[ \t]*\([ \t]*\)/y)?.[1];
    if (name !== undefined) return {kind: 'function', name, body: this.#command()};
    const word = this.#peekReserved();
    const read = this.#compounds[word];
    if (read === undefined) return undefined;
    reader.take(word);
    return read();
  }

  readonly #compounds: Readonly<Record<string, () => Command>> = {
    '{': () => {
      const body = this.#list(['}']);
      this.#expectReserved('}');
      return {kind: 'group', body, isSubshell: false};
    },
    if: () => this.#if(),
    for: () => this.#for(),
    while: () => this.#loop(false),
    until: () => this.#loop(true),
    case: () => this.#case(),
  };

  #if(): Command {
    const branches: {condition: Script; body: Script}[] = [];
    do {
      const condition = this.#list(['then']);
      this.#expectReserved('then');
      branches.push({condition, body: this.#list(['elif', 'else', 'fi'])});
    } while (this.#takeReserved('elif'));
    const otherwise = this.#takeReserved('else') ? this.#list(['fi']) : [];
    this.#expectReserved('fi');
    return {kind: 'if', branches, otherwise};
  }

  #for(): Command {
    this.#reader.skipBlanks();
    const name = this.#reader.match(/[A-Za-z_]\w*/y)?.[0] ?? this.#reader.fail('a name is missing');
    const words: Word[] = [];
    const hasWords = this.#takeReserved('in');
    if (hasWords) words.push(...this.#wordsOfLine());
    this.#reader.skipBlanks();
    this.#reader.take(';');
    return {kind: 'for', name, ...(hasWords ? {words} : {}), body: this.#doGroup()};
  }

  #wordsOfLine(): Word[] {
    const words: Word[] = [];
    for (;;) {
      this.#reader.skipBlanks();
      if (this.#reader.isAtDelimiter) return words;
      words.push(this.#words.read());
    }
  }

  #loop(until: boolean): Command {
    const condition = this.#list(['do']);
    return {kind: 'loop', until, condition, body: this.#doGroup()};
  }

  #doGroup(): Script {
    this.#expectReserved('do');
    const body = this.#list(['done']);
    this.#expectReserved('done');
    return body;
  }

  #case(): Command {
    const reader = this.#reader;
    reader.skipBlanks();
    const word = this.#words.read();
    this.#expectReserved('in');
    const branches: {patterns: Word[]; body: Script}[] = [];
    while (!this.#takeReserved('esac')) {
      if (reader.isAtEnd) reader.fail('"esac" is missing');
      reader.take('(');
      const patterns: Word[] = [];
      do {
        reader.skipBlanks();
        patterns.push(this.#words.read());
        reader.skipBlanks();
      } while (reader.take('|'));
      reader.expect(')');
      branches.push({patterns, body: this.#list(['esac'])});
      reader.take(';;');
    }
    return {kind: 'case', word, branches};
  }

  #simple(): SimpleCommand {
    const reader = this.#reader;
    const {line} = reader;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      reader.skipBlanks();
      const redirection = this.#redirection();
      if (redirection !== undefined) redirections.push(redirection);
      else if (reader.isAtDelimiter) break;
      else {
        const name = words.length === 0 ? reader.match(/([A-Za-z_]\w*)=/y)?.[1] : undefined;
        if (name === undefined) words.push(this.#words.read());
        else assignments.push({name, value: this.#words.read()});
      }
    }
    if (assignments.length + words.length + redirections.length === 0)
      reader.fail(`"${reader.next}" is not expected`);
    return {kind: 'simple', assignments, words, redirections, line};
  }

  #redirections(): Redirection[] {
    const found: Redirection[] = [];
    for (;;) {
      this.#reader.skipBlanks();
      const redirection = this.#redirection();
      if (redirection === undefined) return found;
      found.push(redirection);
    }
  }

  #redirection(): Redirection | undefined {
    const reader = this.#reader;
    const [, digits = '', operator = ''] = reader.match(REDIRECTION) ?? [];
    if (operator === '') return undefined;
    const descriptor = digits === '' ? (operator.startsWith('<') ? 0 : 1) : Number(digits);
    reader.skipBlanks();
    const word = this.#words.read();
    if (!operator.startsWith('<<')) {
      return {descriptor, operator: operator as Redirection['operator'], word};
    }
    const redirection: {descriptor: number; operator: '<<'; word: Word} = {
      descriptor,
      operator: '<<',
      word: [],
    };
    this.#pending.push({
      end: word.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
      isLiteral: word.some((part) => part.kind === 'text' && part.quoted),
      stripsTabs: operator === '<<-',
      fill: (text) => (redirection.word = text),
    });
    return redirection;
  }
}
