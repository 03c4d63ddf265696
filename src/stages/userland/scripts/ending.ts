/** How a part of a script ends before its last command. */
export class Ending extends Error {
  readonly kind: 'exit' | 'return' | 'break' | 'continue';
  readonly status: number;
  readonly levels: number;

  constructor(kind: Ending['kind'], status: number, levels = 1) {
    super(kind);
    this.kind = kind;
    this.status = status;
    this.levels = levels;
  }
}

/** The status of what is run, or that with which it ends before its last command. */
export function untilEnd(run: () => number): number {
  try {
    return run();
  } catch (error) {
    if (error instanceof Ending) return error.status;
    throw error;
  }
}
