import {copyFileSync, cpSync, readFileSync} from 'node:fs';
import {appendFile, mkdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ARCHITECTURES} from '../core/architecture.ts';
import {startChild, type Child} from '../system/child.ts';
import {quote} from '../system/run.ts';
import {sweepTemporary, temporaryFolder} from '../system/temporary.ts';
import {BootError} from './boot-error.ts';
import type {BootPhase} from './boot-phases.ts';
import {BootProgress, plainText} from './boot-progress.ts';
import {qemuControl} from './control.ts';
import {qemuCommand, repeatCommand} from './qemu-args.ts';
import type {MachineSpec} from './machine-spec.ts';

/** A button that nobody hears is pressed again after this long, then after twice that. */
const PRESS_AGAIN_MS = 500;
/** For how long somebody who goes no further is listened to. */
const LAST_WORDS_MS = 250;
/** A killed process is gone in a moment; one that the kernel keeps is left to the kernel. */
const KILLED_MS = 10_000;

/** What a machine is made of; its control socket it makes itself. */
export type MachineParts = Omit<MachineSpec, 'control'>;

/** A running virtual machine. It ends with its scope, at the latest with this process. */
export class Machine implements AsyncDisposable {
  readonly spec: MachineSpec;
  readonly progress: BootProgress;
  readonly #child: Child;
  readonly #gone: Promise<void>;
  readonly #over = new AbortController();
  readonly #watchers = new Set<() => void>();
  #console = '';
  #ended: {readonly how: string} | undefined;
  #lastWords: NodeJS.Timeout | undefined;

  private constructor(spec: MachineSpec, start: (onOutput: (chunk: string) => void) => Child) {
    this.spec = spec;
    this.progress = new BootProgress(spec);
    this.#child = start((chunk) => {
      this.#console += chunk;
      this.progress.feed(chunk);
      if (this.progress.deadEnd !== undefined) this.#endWaits();
      this.#look();
    });
    this.#gone = this.#child.ended.then(async (end) => {
      this.#ended = end;
      clearTimeout(this.#lastWords);
      this.#over.abort();
      this.#look();
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
    return this.#ended !== undefined;
  }

  /** Aborted when there is nothing to wait for any more: QEMU has ended, or the guest goes no further. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** How far it has come; `undefined` where QEMU itself did not start. */
  get reached(): BootPhase | undefined {
    return this.progress.reached ?? (this.ended ? undefined : 'qemu');
  }

  /** What the serial console has said, where it is piped. */
  get console(): string {
    return plainText(this.#console);
  }

  /** Resolves when QEMU has ended. */
  async finished(): Promise<{readonly ok: boolean; readonly how: string}> {
    return this.#child.ended;
  }

  kill(): void {
    this.#child.kill();
  }

  /**
   * Waits until the console has said something.
   * @throws BootError after `timeoutMs`, and at once when QEMU ends or the guest goes no further
   */
  async waitForConsole(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const found = await this.until(() => pattern.exec(this.console) ?? undefined, timeoutMs);
    if (found === undefined) throw this.failure(`the console did not say ${String(pattern)}`);
    return found;
  }

  /** Resolves when the guest has said that its network is there, or never will in that time. */
  async networkIsUp(timeoutMs: number): Promise<void> {
    await this.until(() => (/info: network: /.test(this.#console) ? true : undefined), timeoutMs);
  }

  /** Whether the guest can hear a power button. */
  get hasPowerButton(): boolean {
    const {heardIn} = ARCHITECTURES[this.spec.arch].powerButton;
    return heardIn === 'every boot' || (heardIn === 'firmware' && this.spec.boot.firmware !== 'direct');
  }

  /**
   * Presses the power button until somebody hears it, and waits until the guest has switched itself off. A guest that has just
   * come up has nobody yet who listens.
   * @throws BootError
   */
  async powerOff(timeoutMs: number): Promise<void> {
    if (!this.hasPowerButton) throw this.failure(`no guest of ${this.spec.arch} hears a power button here`);
    const untilMs = performance.now() + timeoutMs;
    const left = (): number => Math.max(0, untilMs - performance.now());
    for (let pauseMs = PRESS_AGAIN_MS; left() > 0 && !this.over.aborted; pauseMs *= 2) {
      await qemuControl(this.spec.control, 'system_powerdown').catch((error: unknown) => {
        if (!this.ended) throw this.failure('QEMU does not answer on its control socket', error);
      });
      await this.until(() => (this.ended ? true : undefined), Math.min(pauseMs, left()));
    }
    if (!this.ended)
      throw this.failure('the guest did not switch itself off when its power button was pressed');
  }

  /** An error that says how far the machine came, how to start it again, and what its console said last. */
  failure(message: string, cause?: unknown): BootError {
    const why = this.#why();
    const said = this.spec.console === 'piped' ? this.console : plainText(logText(this.spec.log));
    const repeat = repeatCommand(keepSeed(this.spec));
    return new BootError(
      why === undefined ? message : `${why}\n  ${message}`,
      {
        reached: this.reached,
        said: `${said}\n${this.#child.said()}`,
        command: quote(repeat),
        log: this.spec.log,
      },
      cause,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ended) this.#child.kill();
    const enough = new AbortController();
    await Promise.race([
      this.#gone,
      sleep(KILLED_MS, undefined, {signal: enough.signal}).catch(() => undefined),
    ]);
    enough.abort();
  }

  /** Waits for a value that console output or the end can bring; `undefined` when there is none. */
  async until<T>(look: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const check = (late: boolean): void => {
        const value = look();
        if (value === undefined && !late && !this.over.aborted) return;
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

  /** A kernel that panics says why in the lines after that. */
  #endWaits(): void {
    this.#lastWords ??= setTimeout(() => {
      this.#over.abort();
      this.#look();
    }, LAST_WORDS_MS);
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }

  /** Why there is nothing to wait for. */
  #why(): string | undefined {
    if (this.progress.deadEnd !== undefined) return this.progress.deadEnd;
    return this.#ended === undefined ? undefined : `QEMU ended: ${this.#ended.how}`;
  }
}

/** A socket's path has 107 bytes (unix(7)), most of which the name of a temporary folder takes. */
const LONGEST_PARENT = 20;

/**
 * Below the host's temporary files, for itself alone: caches lie deep. What a process leaves there that was killed, the next one
 * removes.
 */
async function newControlSocket(): Promise<string> {
  const parent = tmpdir().length > LONGEST_PARENT ? '/tmp' : tmpdir();
  await sweepTemporary(parent);
  return join((await temporaryFolder(parent)).path, 'control');
}

/** What a log has of the machine that was started last. */
function logText(log: string): string {
  try {
    const text = readFileSync(log, 'utf8');
    return text.slice(text.lastIndexOf('\n', text.lastIndexOf('$ qemu-system')) + 1).replace(/^\$ .*\n/, '');
  } catch {
    return '';
  }
}

/** A seed goes with the folder of its machine: beside the log it stays for whoever repeats the boot. */
function keepSeed(spec: MachineSpec): MachineSpec {
  if (spec.seed === undefined) return spec;
  const kept = spec.log.replace(/(\.log)?$/, '.seed');
  try {
    if (typeof spec.seed === 'string') {
      copyFileSync(spec.seed, kept);
      return {...spec, seed: kept};
    }
    cpSync(spec.seed.folder, kept, {recursive: true});
    return {...spec, seed: {...spec.seed, folder: kept}};
  } catch {
    return spec;
  }
}
