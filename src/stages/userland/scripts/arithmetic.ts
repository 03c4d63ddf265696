import type {Shell} from './shell.ts';

/**
 * The value of an arithmetic expression of the shell that has numbers, names, brackets, and the operators of whole numbers.
 * What is none ends the script, as in a shell.
 */
export function evaluateArithmetic(text: string, shell: Shell): number {
  const numbers = text.replaceAll(/[A-Za-z_]\w*/g, (name) => shell.variables.get(name) ?? '0');
  const tokens = numbers.match(/\d+|[<>=!]=|&&|\|\||[-+*/%()<>!]/g) ?? [];
  if (tokens.join('') !== numbers.replaceAll(/\s/g, '')) return shell.fail(`arithmetic: ${text}`);
  const value = new Arithmetic(tokens).value();
  return value ?? shell.fail(`arithmetic: ${text}`);
}

type Operation = (a: number, b: number) => number;

/** Operators by how strongly they bind, the weakest first. */
const LEVELS: readonly Readonly<Record<string, Operation>>[] = [
  {'||': (a, b) => Number(a !== 0 || b !== 0)},
  {'&&': (a, b) => Number(a !== 0 && b !== 0)},
  {'==': (a, b) => Number(a === b), '!=': (a, b) => Number(a !== b)},
  {
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
  },
  {'+': (a, b) => a + b, '-': (a, b) => a - b},
  {'*': (a, b) => a * b, '/': (a, b) => Math.trunc(a / b), '%': (a, b) => a % b},
];

class Arithmetic {
  readonly #tokens: string[];

  constructor(tokens: readonly string[]) {
    this.#tokens = [...tokens];
  }

  value(): number | undefined {
    if (this.#tokens.length === 0) return 0;
    const value = this.#level(0);
    return this.#tokens.length === 0 && Number.isFinite(value) ? value : undefined;
  }

  #level(level: number): number {
    const operations = LEVELS[level];
    if (operations === undefined) return this.#unary();
    let left = this.#level(level + 1);
    for (;;) {
      const operation = operations[this.#tokens[0] ?? ''];
      if (operation === undefined) return left;
      this.#tokens.shift();
      left = operation(left, this.#level(level + 1));
    }
  }

  #unary(): number {
    const token = this.#tokens.shift() ?? '';
    if (token === '-') return -this.#unary();
    if (token === '+') return this.#unary();
    if (token === '!') return Number(this.#unary() === 0);
    if (token !== '(') return /^\d+$/.test(token) ? Number(token) : Number.NaN;
    const value = this.#level(0);
    return this.#tokens.shift() === ')' ? value : Number.NaN;
  }
}
