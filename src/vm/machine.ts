import {appendFile, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {quote} from '../system/run.ts';
import {startChild, type Child} from '../system/child.ts';
import {qemuControl} from './control.ts';
import {qemuCommand, type MachineSpec} from './qemu-args.ts';

const TAIL_LINES = 25;

/** Terminal control, which firmware and the shell's prompt write, and which hides what a log says. */

const CONTROL = /\x1b\[[0-9;?=]*[A-Za-z]|\r/g;

/** What a machine is made of; its control socket it makes itself. */
export type MachineParts = Omit<MachineSpec, 'control'>;

/** A running virtual machine. It ends with its scope, at the latest with this process. */
export class Machine implements AsyncDisposable {
  readonly spec: MachineSpec;
  readonly #child: Child;
  readonly #gone: Promise<void>;
  readonly #watchers = new Set<() => void>();
  #console = '';
  #ended = false;

  private constructor(spec: MachineSpec, start: (onOutput: (chunk: string) => void) => Child) {
    this.spec = spec;
    this.#child = start((chunk) => {
      this.#console += chunk;
      for (const look of this.#watchers) look();
    });
    this.#gone = this.#child.ended.then(async () => {
      this.#ended = true;
      for (const look of this.#watchers) look();
      await rm(dirname(spec.control), {recursive: true, force: true});
    });
  }

  static async start(parts: MachineParts): Promise<Machine> {
    const spec = {...parts, control: await newControlSocket()};
    await mkdir(dirname(spec.log), {recursive: true});
    const command = qemuCommand(spec);
    await appendFile(spec.log, `$ ${quote(command)}\n`);
    return new Machine(spec, (onOutput) => startChild(command, {terminal: spec.console, onOutput}));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether QEMU has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What the serial console has said, where it is piped. */
  get console(): string {
    return this.#console.replace(CONTROL, '');
  }

  /** Resolves when QEMU has ended. */
  async finished(): Promise<{readonly ok: boolean; readonly how: string}> {
    return this.#child.ended;
  }

  kill(): void {
    this.#child.kill();
  }

  /** Waits until the console has said something. @throws LeanosError BOOT_FAILED after `timeoutMs` or when QEMU ends */
  async waitForConsole(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const found = await this.#until(() => pattern.exec(this.console) ?? undefined, timeoutMs);
    if (found === undefined) throw this.failure(`the console did not say ${String(pattern)}`);
    return found;
  }

  /** Resolves when the guest has said that its network is there, or never will in that time. */
  async networkIsUp(timeoutMs: number): Promise<void> {
    await this.#until(() => (/info: network: /.test(this.#console) ? true : undefined), timeoutMs);
  }

  /** Presses the power button and waits until the guest has switched itself off. @throws LeanosError BOOT_FAILED */
  async powerOff(timeoutMs: number): Promise<void> {
    await qemuControl(this.spec.control, 'system_powerdown');
    const off = await this.#until(() => (this.#ended ? true : undefined), timeoutMs);
    if (off !== true)
      throw this.failure('the guest did not switch itself off when its power button was pressed');
  }

  /** An error that shows how the machine was started and what its console said last. */
  failure(message: string): LeanosError {
    const lines = `${this.console}\n${this.#child.said()}`.split('\n').filter((line) => line.trim() !== '');
    const tail = lines.slice(-TAIL_LINES).map((line) => `  | ${line}`);
    return new LeanosError('BOOT_FAILED', [message, ...tail].join('\n'), {
      hint: `${this.spec.log}     has all of the console`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill();
    await this.#gone;
  }

  /** Waits for a value that console output or the end can bring. */
  async #until<T>(look: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const check = (late: boolean): void => {
        const value = look();
        if (value === undefined && !late && !this.#ended) return;
        clearTimeout(timer);
        this.#watchers.delete(again);
        resolve(value);
      };
      const again = (): void => check(false);
      const timer = setTimeout(() => check(true), timeoutMs);
      this.#watchers.add(again);
      again();
    });
  }
}

/** Below the host's temporary files, for itself alone: a socket's path has 107 bytes (unix(7)), and caches lie deep. */
async function newControlSocket(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'leanos-')), 'control');
}
