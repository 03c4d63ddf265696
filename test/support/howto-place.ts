import {spawn, type ChildProcess} from 'node:child_process';
import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect} from 'vitest';
import {cachePaths} from '../../src/system/cache.ts';
import {quote} from '../../src/system/run.ts';
import {runningMachines} from '../../src/vm/running.ts';
import {waitForLogin} from '../../src/vm/ssh-login.ts';
import type {SshSession} from '../../src/vm/ssh.ts';
import {LEANOS} from './built-image.ts';
import {temporary} from './temporary.ts';

const LOOK_MS = 500;
const LOGIN_MS = 120_000;

/** Where a how-to is typed: a folder, and terminals in it in which `leanos` is this checkout's, with the machines that they run. */
export class HowtoPlace {
  readonly folder = temporary();
  /** What the terminals that stay open have shown. */
  shown = '';
  readonly environment: NodeJS.ProcessEnv;
  readonly #terminals = new Set<ChildProcess>();
  readonly #machines: string;
  #session: SshSession | undefined;

  /** The store is everybody's; which machines run is told to this place alone. */
  constructor() {
    const [bin, cache] = ['bin', 'cache'].map((name) => join(this.folder, name)) as [string, string];
    for (const folder of [bin, cache]) mkdirSync(folder);
    const {root, machines} = cachePaths(process.env);
    for (const name of readdirSync(root))
      if (join(root, name) !== machines) symlinkSync(join(root, name), join(cache, name));
    writeFileSync(join(bin, 'leanos'), `#!/bin/sh\nexec ${LEANOS} "$@"\n`, {mode: 0o755});
    this.#machines = cachePaths({LEANOS_CACHE: cache}).machines;
    this.environment = {PATH: `${bin}:${process.env['PATH'] ?? ''}`, LEANOS_CACHE: cache};
  }

  /** Types what stays in a terminal of its own. */
  open(command: string, cwd = this.folder): void {
    const terminal = spawn('sh', ['-c', command], {
      cwd,
      env: {...process.env, ...this.environment},
      detached: true,
    });
    for (const stream of [terminal.stdout, terminal.stderr])
      stream.on('data', (chunk: Buffer) => (this.shown += chunk.toString()));
    terminal.once('exit', () => this.#terminals.delete(terminal));
    this.#terminals.add(terminal);
  }

  /** Types a command; gives what it has printed. @throws Error where it fails */
  async run(command: string, cwd = this.folder, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const {all, exitCode} = await execa(command, {
      shell: true,
      cwd,
      env: {...this.environment, ...env},
      all: true,
      reject: false,
    });
    if (exitCode !== 0) throw new Error(`${command}: ${all}`);
    return all;
  }

  /** What a command prints in the machine that runs, for the login user or for root. One login is used until the machine hangs up. */
  async inMachine(command: string, {root = false} = {}): Promise<string> {
    const session = (this.#session ??= await this.#logIn());
    const line = root ? `sudo -n ${quote(['sh', '-c', command])}` : command;
    try {
      const {status, stdout, stderr} = await session.exec(line);
      if (status === -1) throw new Error(`${command}: ${stderr}`);
      return `${stdout}${stderr}`;
    } catch (error) {
      this.#session = undefined;
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** As `leanos ssh` finds it. */
  async #logIn(): Promise<SshSession> {
    const [machine] = await runningMachines(`${this.#machines}/running`);
    if (machine === undefined) throw new Error(`no machine runs\n${this.shown}`);
    const {sshPort: port, user, privateKey} = machine;
    return waitForLogin({port, user, privateKey, timeoutMs: LOGIN_MS});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]();
    for (const {pid} of this.#terminals) if (pid !== undefined) process.kill(-pid);
  }
}

/** Asks until the answer fits; between two looks the machine has time for its own work. */
export async function until(
  ask: () => Promise<string> | string,
  pattern: RegExp,
  timeoutMs: number,
): Promise<string> {
  const untilMs = performance.now() + timeoutMs;
  let answer = '';
  do {
    answer = await Promise.resolve(ask()).catch(String);
    if (!pattern.test(answer)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  } while (!pattern.test(answer) && performance.now() < untilMs);
  expect(answer).toMatch(pattern);
  return answer;
}
