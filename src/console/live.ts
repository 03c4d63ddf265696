import {createLogUpdate} from 'log-update';
import type {BuildEvent, Report} from '../pipeline/events.ts';
import {stepName, type Step} from '../pipeline/plan.ts';
import {plainLine} from './plain.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;

interface Running {
  readonly startedMs: number;
  text: string;
}

/** A view of the stages at work that is drawn anew in place, for a terminal. What is done stays above it. */
export class LiveConsole implements Disposable {
  readonly #log: ReturnType<typeof createLogUpdate>;
  readonly #running = new Map<Step, Running>();
  #timer: NodeJS.Timeout | undefined;
  #total = 0;
  #done = 0;
  #frame = 0;

  constructor(stream: NodeJS.WritableStream) {
    this.#log = createLogUpdate(stream, {showCursor: true});
  }

  readonly report: Report = (event) => {
    this.#take(event);
    const line = event.type === 'reused' || event.type === 'progress' ? undefined : plainLine(event);
    if (line !== undefined) this.#log.persist(line);
    this.#draw();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#log.clear();
    this.#log.done();
  }

  #take(event: BuildEvent): void {
    switch (event.type) {
      case 'planned':
        this.#total = event.steps.length;
        this.#timer ??= setInterval(() => this.#draw(), FRAME_MS).unref();
        return;
      case 'started':
        this.#running.set(event.step, {startedMs: performance.now(), text: ''});
        return;
      case 'progress': {
        const running = this.#running.get(event.step);
        if (running !== undefined) running.text = event.text;
        return;
      }
      case 'reused':
      case 'built':
        this.#done += 1;
        this.#running.delete(event.step);
        return;
      case 'failed':
        this.#running.delete(event.step);
        return;
      case 'note':
      case 'warning':
    }
  }

  #draw(): void {
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const lines = [...this.#running].map(([step, {startedMs, text}]) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      return `  ${FRAMES[this.#frame] ?? ''} ${stepName(step)}  ${seconds} s  ${text}`;
    });
    const head = this.#total === 0 ? [] : [`  ${this.#done} of ${this.#total} stages`];
    this.#log([...lines, ...head].join('\n'));
  }
}
