import {LeanosError} from '../core/error.ts';
import {PlainNames} from '../system/plain-names.ts';
import type {Report} from './events.ts';
import {inputOf, stepName, type Plan, type Step} from './plan.ts';
import type {BuildContext, SourceRoot} from './stage.ts';
import type {Store} from './store.ts';

/** What a step is handed from outside: the doors, bound to it. */
export type StepDoors = Pick<
  BuildContext<Record<string, never>, never>,
  'run' | 'fetch' | 'progress' | 'note' | 'keep' | 'debianSources' | 'compilerCache' | 'userFile'
>;

/** What the doors of a step are made with. */
export interface DoorParts {
  /** The folder of its tools tree. */
  readonly tools: string | undefined;
  /** Ends what it runs. */
  readonly signal: AbortSignal;
  /** Names that its tools understand; they hold until the step is built. */
  readonly names: PlainNames;
}

export interface ExecuteOptions {
  readonly store: Store;
  /** The folders whose sources the plan was made from. */
  readonly roots: readonly SourceRoot[];
  readonly report: Report;
  /** Gives a step its doors. */
  readonly doors: (step: Step, more: DoorParts) => StepDoors;
  /** How many steps build at once. */
  readonly jobs: number;
  /** Ends the build, as ctrl-C does. */
  readonly signal?: AbortSignal;
}

/** How one step came by its artifact. */
export interface StepOutcome {
  readonly step: Step;
  readonly cached: boolean;
  readonly seconds: number;
}

/**
 * Builds the steps that the store does not have, each after its inputs and its tools, several at once. On the first
 * failure nothing new is started, what runs is ended, and that failure is thrown when all is quiet.
 */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<StepOutcome[]> {
  const {store, roots, report, doors, jobs, signal} = options;
  const stop = new AbortController();
  const abort = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const slots = new Slots(jobs);
  const done = new Map<Step, Promise<StepOutcome>>();
  await store.sweep();
  report({type: 'planned', steps: plan.steps});
  for (const step of plan.steps) {
    const before = dependencies(step).flatMap((input) => done.get(input) ?? []);
    done.set(
      step,
      Promise.all(before).then(() => ensure(step)),
    );
  }
  await Promise.allSettled(done.values());
  // A user who interrupts ends the tools as well: their failure is not the news.
  signal?.throwIfAborted();
  stop.signal.throwIfAborted();
  return Promise.all(done.values());

  async function ensure(step: Step): Promise<StepOutcome> {
    const state = await store.state(step);
    if (state === 'damaged')
      report({type: 'warning', text: `${stepName(step)} was damaged in the store; it is built again`});
    if (state === 'whole') {
      await store.touch(step);
      report({type: 'reused', step});
      return {step, cached: true, seconds: 0};
    }
    await using _slot = await slots.take();
    abort.throwIfAborted();
    return await build(step);
  }

  async function build(step: Step): Promise<StepOutcome> {
    report({type: 'started', step});
    using names = new PlainNames();
    try {
      const inputs = Object.fromEntries(
        Object.entries(step.inputs).map(([name, input]) => [name, names.of(store.path(input))]),
      );
      const tools = step.tools === undefined ? undefined : names.of(store.path(step.tools));
      const seconds = await store.put(step, (out) =>
        step.stage.build({
          options: step.options,
          inputs,
          digest: (input, file) => store.digest(inputOf(step, input), file),
          out: names.of(out),
          roots,
          epoch: plan.epoch,
          ...doors(step, {tools, signal: abort, names}),
        }),
      );
      report({type: 'built', step, seconds});
      return {step, cached: false, seconds};
    } catch (error) {
      if (!abort.aborted) report({type: 'failed', step, error});
      stop.abort(named(step, error)); // only the first time counts
      throw error;
    }
  }
}

function dependencies(step: Step): Step[] {
  return [...Object.values(step.inputs), ...(step.tools === undefined ? [] : [step.tools])];
}

/** Says in which stage a failure that the user can act on happened. */
function named(step: Step, error: unknown): unknown {
  if (!(error instanceof LeanosError)) return error;
  return new LeanosError(error.code, `stage ${step.stage.name} failed: ${error.message}`, {
    hint: error.hint,
    cause: error,
  });
}

/** At most `count` holders at once; the others wait in line. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<AsyncDisposable> {
    if (this.#free > 0) this.#free -= 1;
    else
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    return {[Symbol.asyncDispose]: () => Promise.resolve(this.#release())};
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
