import {canonicalJson, sha256} from '../core/canonical.ts';
import type {Options, Stage} from './stage.ts';

/** A stage with its options and inputs bound. The key names the bytes it leaves behind, before they exist. */
export interface Step {
  readonly key: string;
  readonly stage: Stage<Options, string>;
  readonly options: Options;
  readonly inputs: Readonly<Record<string, Step>>;
  /** The step whose artifact holds the programs that the stage runs; absent where it runs none. */
  readonly tools: Step | undefined;
}

/** Steps in the order they were added, which is a topological order by construction. */
export class Plan {
  readonly steps: Step[] = [];
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly #further: {readonly programs: readonly string[]; readonly step: () => Step}[] = [];
  #tools: Step | undefined;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Names the step that holds the tools of all steps added from now on. */
  useTools(step: Step): void {
    this.#tools = step;
  }

  /** Names the step that holds the tools of those steps that run one of these programs; it is planned with the first of them. */
  useToolsFor(programs: readonly string[], step: () => Step): void {
    this.#further.push({programs, step});
  }

  /** Adds a step, or gives the equal one that is there already. */
  add<O extends Options, I extends string>(
    stage: Stage<O, I>,
    options: NoInfer<O>,
    inputs: Readonly<Record<NoInfer<I>, Step>> & Readonly<Record<string, Step>>,
  ): Step {
    const tools = stage.tools.length === 0 ? undefined : this.#toolsFor(stage);
    const key = stepKey(stage, {options, inputs, tools, epoch: this.epoch});
    const known = this.steps.find((step) => step.key === key);
    if (known !== undefined) return known;
    const step: Step = {key, stage: stage, options, inputs, tools};
    this.steps.push(step);
    return step;
  }

  #toolsFor({name, tools}: {readonly name: string; readonly tools: readonly string[]}): Step {
    const further = this.#further.find(({programs}) => tools.some((tool) => programs.includes(tool)));
    if (further !== undefined) return further.step();
    if (this.#tools === undefined)
      throw new Error(`stage ${name} runs tools, but the plan has no tools tree yet`);
    return this.#tools;
  }
}

/** A step as a reader knows it: its stage, and which of several of that stage it is. */
export function stepName({stage, options}: Step): string {
  return stage.detail === undefined ? stage.name : `${stage.name} ${stage.detail(options)}`;
}

/** The step that an input of another one comes from. */
export function inputOf(step: Step, name: string): Step {
  const input = step.inputs[name];
  if (input === undefined) throw new Error(`${stepName(step)} has no input ${name}`);
  return input;
}

/** What the key of a step is made of, beside the stage itself. */
export interface KeyParts {
  readonly options: Options;
  readonly inputs: Readonly<Record<string, Pick<Step, 'key'>>>;
  readonly tools: Pick<Step, 'key'> | undefined;
  readonly epoch: number;
}

/**
 * The sha256 of all that decides the bytes: the stage's name and revision, its options, the keys of its inputs, the key
 * of the tools tree (the versions of the tools), and the epoch unless the stage is timeless.
 */
export function stepKey(
  stage: {readonly name: string; readonly revision: number; readonly timeless?: true},
  {options, inputs, tools, epoch}: KeyParts,
): string {
  const inputKeys = Object.fromEntries(Object.entries(inputs).map(([name, step]) => [name, step.key]));
  return sha256(
    canonicalJson({
      name: stage.name,
      revision: stage.revision,
      options,
      inputs: inputKeys,
      tools: tools?.key ?? null,
      epoch: stage.timeless === true ? null : epoch,
    }),
  );
}
