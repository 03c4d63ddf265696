import type {Effort} from './effort.ts';

/** What a command reads. Those that share it go on where another has stopped. */
export class Input {
  #rest: string;

  constructor(text = '') {
    this.#rest = text;
  }

  /** All that is left. */
  all(): string {
    const text = this.#rest;
    this.#rest = '';
    return text;
  }

  /** The next line; undefined at the end. */
  line(): string | undefined {
    if (this.#rest === '') return undefined;
    const [line = ''] = this.#rest.split('\n', 1);
    this.#rest = this.#rest.slice(line.length + 1);
    return line;
  }
}

/** What a command reads and writes; what goes to its standard error is of no matter. */
export interface Streams {
  readonly input: Input;
  readonly write: (text: string) => void;
  /** Whether its status is asked for: `set -e` does not end the script where it fails. */
  readonly isTested: boolean;
}

/** What a command writes, for another one or for a word; nobody keeps more than the effort allows. */
export class Written {
  readonly #parts: string[] = [];
  readonly #effort: Effort;
  #length = 0;

  constructor(effort: Effort) {
    this.#effort = effort;
  }

  readonly write = (more: string): void => {
    this.#length += more.length;
    this.#effort.hold(this.#length, more.length);
    this.#parts.push(more);
  };

  text(): string {
    return this.#parts.join('');
  }
}
