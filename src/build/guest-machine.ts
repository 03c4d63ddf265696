import type {Client} from 'ssh2';
import {rm} from 'node:fs/promises';
import {LeanosError} from '../core/error.ts';
import {quote} from '../system/run.ts';
import {BootError} from '../vm/boot-error.ts';
import type {BootPhase} from '../vm/boot-phases.ts';
import {logIn} from '../vm/login.ts';
import type {Machine as VirtualMachine} from '../vm/machine.ts';
import {repeatCommand} from '../vm/qemu-args.ts';
import type {CommandResult, SshSession} from '../vm/ssh.ts';
import type {Credential} from '../vm/ssh-login.ts';
import type {ExecOptions, Machine, MachineConsole} from './booted-machine.ts';
import {switchOff} from '../vm/switch-off.ts';
import {sendFiles} from './send-files.ts';

const REBOOT_ID = 'cat /proc/sys/kernel/random/boot_id';
const ASK_AGAIN_MS = 250;

/** Who logs in to a machine, for how long is waited, and what of it goes when it ends. */
export interface GuestParts {
  readonly user: string;
  readonly credential: Credential;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the guest says when its instance data is applied, and that is waited for. */
  readonly settles: boolean;
  /** Whether the log stays without a failure. */
  readonly keepsLog: boolean;
  /** What goes with it. */
  readonly folder: AsyncDisposable;
}

/** The machine of the library, around one of QEMU and a login. */
export class GuestMachine implements Machine {
  readonly console: MachineConsole;
  readonly #machine: VirtualMachine;
  readonly #parts: GuestParts;
  #session: SshSession | undefined;
  #failed = false;

  constructor(machine: VirtualMachine, parts: GuestParts) {
    this.#machine = machine;
    this.#parts = parts;
    this.console = {
      get text() {
        return machine.console;
      },
      waitFor: async (pattern, {timeoutMs = parts.timeoutMs} = {}) =>
        this.#told(() => machine.waitForConsole(pattern, timeoutMs)),
    };
    parts.signal.addEventListener('abort', this.#stop);
  }

  get reached(): BootPhase | undefined {
    return this.#machine.reached;
  }

  get command(): string {
    return quote(repeatCommand(this.#machine.spec));
  }

  get log(): string {
    return this.#machine.spec.log;
  }

  get ssh(): Client {
    return this.#open().client;
  }

  async exec(
    command: string,
    {root = false, timeoutMs = this.#parts.timeoutMs}: ExecOptions = {},
  ): Promise<CommandResult> {
    const line = root && this.#parts.user !== 'root' ? `sudo -n ${quote(['sh', '-c', command])}` : command;
    return this.#told(async () => {
      const answered = new AbortController();
      const result = await Promise.race([
        this.#open().exec(line, {timeoutMs}),
        this.#ended(answered.signal),
      ]).finally(() => answered.abort());
      if (result.status === -1)
        throw this.#machine.failure(`${command}: ${result.stderr || 'the guest hung up'}`);
      this.#machine.progress.advance('command');
      return result;
    });
  }

  async upload(localPath: string, remotePath: string): Promise<void> {
    await this.#told(() => sendFiles(this.ssh, {localPath, remotePath, root: this.#parts.user === 'root'}));
  }

  port(guestPort: number): number {
    const {sshPort, guestSshPort = 22, ports = []} = this.#machine.spec;
    const found = guestPort === guestSshPort ? sshPort : ports.find(({guest}) => guest === guestPort)?.host;
    if (found !== undefined) return found;
    throw new LeanosError('USAGE', `port ${guestPort} of the guest leads nowhere`, {
      hint: `boot(image, {ports: [${guestPort}]})     has a free port of this host lead to it`,
    });
  }

  async reboot({timeoutMs = this.#parts.timeoutMs}: {readonly timeoutMs?: number} = {}): Promise<void> {
    const before = (await this.exec(REBOOT_ID)).stdout;
    await this.#told(async () => {
      await this.#open()
        .exec(this.#parts.user === 'root' ? 'reboot' : 'sudo -n reboot', {timeoutMs})
        .catch(() => undefined);
      await this.#session?.[Symbol.asyncDispose]();
      const untilMs = performance.now() + timeoutMs;
      for (;;) {
        await this.logIn(timeoutMs);
        const {stdout} = await this.#open()
          .exec(REBOOT_ID)
          .catch(() => ({stdout: before}));
        if (stdout !== before && stdout !== '') return;
        if (performance.now() > untilMs) throw this.#machine.failure('the guest did not restart');
        await this.#session?.[Symbol.asyncDispose]();
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    });
  }

  async powerOff({timeoutMs = this.#parts.timeoutMs}: {readonly timeoutMs?: number} = {}): Promise<void> {
    const root = this.#parts.user === 'root' ? '' : 'sudo -n ';
    await this.#told(() => switchOff(this.#machine, {session: this.#open(), root}, timeoutMs));
  }

  /** Logs in anew, and waits until the guest has what its datasource gave it. */
  async logIn(timeoutMs = this.#parts.timeoutMs): Promise<void> {
    const {user, credential, signal, settles} = this.#parts;
    this.#session = await this.#told(() => logIn(this.#machine, {...credential, user, timeoutMs, signal}));
    if (settles)
      await this.#told(() =>
        this.#machine.until(() => this.#machine.progress.settled || undefined, timeoutMs),
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.signal.removeEventListener('abort', this.#stop);
    if (this.#machine.ended) this.#session?.client.destroy();
    else await this.#session?.[Symbol.asyncDispose]();
    await this.#machine[Symbol.asyncDispose]();
    await this.#parts.folder[Symbol.asyncDispose]();
    if (!this.#failed && !this.#parts.keepsLog) await rm(this.log, {force: true});
  }

  readonly #stop = (): void => this.#machine.kill();

  #open(): SshSession {
    if (this.#session === undefined) throw new LeanosError('USAGE', 'the machine has no login');
    return this.#session;
  }

  /** Rejects when the machine goes no further; who does not wait any more says so by the signal. */
  async #ended(signal: AbortSignal): Promise<never> {
    const {over} = this.#machine;
    if (!over.aborted)
      await new Promise((resolve) => over.addEventListener('abort', resolve, {once: true, signal}));
    throw this.#machine.failure('a command was not ended');
  }

  /** The user's own end goes before what it brings about; what else fails is noted. */
  async #told<T>(work: () => Promise<T>): Promise<T> {
    this.#parts.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      this.#failed ||= error instanceof BootError;
      throw error;
    }
  }
}
