import {
  consolePhase,
  deadEnd,
  isFurther,
  isSettled,
  lastDatasource,
  sinceRestart,
  type BootPhase,
} from './boot-phases.ts';

/**
 * Terminal control, which firmware, systemd and the shell's prompt write, and which hides what a console says: ECMA-48's control
 * sequences (5.4), escape sequences, and strings for the operating system (8.3.89), which xterm ends with BEL.
 */
const CONTROL = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])|\r/g;

/** An empty screen begins with a new line; SeaBIOS and GRUB end none before. */
const NEW_SCREEN = /\x1b(?:c|\[2J)/g;

/** A phase is looked for in what is new and this much of what was before, which has the beginning of a line. */
const OVERLAP_CHARACTERS = 2048;

/** For how long after the datasource is applied user-data may take to make users and their keys. */
const USER_DATA_MS = 30_000;

/** A console's text without what controls terminals. */
export function plainText(text: string): string {
  return text.replace(NEW_SCREEN, '\n').replace(CONTROL, '');
}

/** How far a machine has come, from what its console says and from what is told by those who talk to it. */
export class BootProgress {
  #reached: BootPhase | undefined;
  #deadEnd: string | undefined;
  #settledMs: number | undefined;
  #found = true;
  #window = '';
  #changedMs = performance.now();
  readonly #survivesPanic: boolean;

  constructor({survivesPanic = false}: {survivesPanic?: boolean | undefined} = {}) {
    this.#survivesPanic = survivesPanic;
  }

  get reached(): BootPhase | undefined {
    return this.#reached;
  }

  /** What keeps the machine from going on. */
  get deadEnd(): string | undefined {
    return this.#deadEnd;
  }

  /** Whether the guest has said that it has all that its datasource gave it. */
  get settled(): boolean {
    return this.#settledMs !== undefined;
  }

  /**
   * Whether no more keys are to be expected at a time, as performance.now() counts: it is settled for a while, in which user-data has
   * made its users, and no datasource may answer later.
   */
  hasItsKeys(nowMs = performance.now()): boolean {
    return this.#settledMs !== undefined && this.#found && nowMs - this.#settledMs > USER_DATA_MS;
  }

  /** When it last came further, as performance.now() counts. */
  get changedMs(): number {
    return this.#changedMs;
  }

  /** Looks at what the console said since the last time. */
  feed(chunk: string): void {
    // What comes after that, such as a restart, says no more about how far it came.
    if (this.#deadEnd !== undefined) return;
    this.#window += chunk;
    const text = plainText(this.#window);
    this.#deadEnd = deadEnd(text, {survivesPanic: this.#survivesPanic});
    const anew = this.#deadEnd === undefined ? sinceRestart(text) : undefined;
    if (anew !== undefined) this.restart();
    const now = anew ?? text;
    const phase = consolePhase(now);
    if (phase !== undefined) this.advance(phase);
    const datasource = lastDatasource(now);
    this.#found = datasource?.isLate ?? this.#found;
    // What one that came late brings is applied after it is told of; the guest says once more that it is done.
    if (datasource?.isLate === true && !isSettled(datasource.after)) this.#settledMs = undefined;
    else if (isSettled(now)) this.#settledMs ??= performance.now();
    this.#window = now.slice(-OVERLAP_CHARACTERS);
  }

  advance(phase: BootPhase): void {
    if (!isFurther(phase, this.#reached)) return;
    this.#reached = phase;
    this.#changedMs = performance.now();
  }

  /** The machine starts anew: what its console said before counts no more. */
  restart(): void {
    this.#reached = 'qemu';
    this.#settledMs = undefined;
    this.#found = true;
    this.#window = '';
    this.#changedMs = performance.now();
  }
}
