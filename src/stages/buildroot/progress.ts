import {parseStep} from '../../formats/buildroot.ts';

/** Counts packages as their first step begins. */
export class Progress {
  readonly #seen = new Set<string>();
  readonly #started = performance.now();
  readonly #plan: {readonly count: number; readonly last: Readonly<Record<string, number>>};
  readonly #say: (text: string) => void;

  constructor(
    plan: {readonly count: number; readonly last: Readonly<Record<string, number>>},
    say: (text: string) => void,
  ) {
    this.#plan = plan;
    this.#say = say;
  }

  line(line: string): void {
    const step = parseStep(line);
    if (step === undefined) return;
    const {count, last} = this.#plan;
    this.#seen.add(step.name);
    const all = Object.entries(last);
    const left = all.filter(([name]) => !this.#seen.has(name)).reduce((sum, [, seconds]) => sum + seconds, 0);
    const time = `${((performance.now() - this.#started) / 1000).toFixed(0)} s`;
    const rest = all.length === 0 ? '' : `, about ${left.toFixed(0)} s of the last build's to come`;
    this.#say(`${step.name} ${step.step} (${Math.min(this.#seen.size, count)} of ${count}, ${time}${rest})`);
  }
}
