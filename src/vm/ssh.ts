import {connect as connectTcp, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import ssh2, {type AnyAuthMethod, type AuthHandlerMiddleware, type Client, type ClientChannel} from 'ssh2';
import {LeanosError} from '../core/error.ts';

/** An Ed25519 key pair in OpenSSH's formats. */
export interface SshKey {
  readonly privateKey: string;
  /** One line of authorized_keys. */
  readonly publicKey: string;
}

/** What a user has to show. */
export type Credential = {readonly privateKey: string} | {readonly password: string};

export type LoginOptions = Credential & {
  readonly port: number;
  readonly user: string;
  readonly timeoutMs: number;
  /** Says that there is no use in going on, such as a machine that has ended. */
  readonly isOver?: () => boolean;
  /** Resolves when a new connection is worth a try, such as when the guest tells of its network; it never rejects. */
  readonly hint?: Promise<unknown>;
};

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AttachOptions {
  readonly command?: string;
  readonly terminal?: {readonly columns: number; readonly rows: number};
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Is handed what tells the guest a new size. */
  readonly onResize?: (resize: (rows: number, columns: number) => void) => void;
}

/**
 * A port that is forwarded to a guest answers before the guest does: only a banner counts. Attempts that still wait reach
 * the guest all at once when its network comes up, and keep it busy: only one waits at a time. The longer all of it takes,
 * the longer each waits, and the fewer there are.
 */
const BANNER_MS = 250;
const BANNER_SHARE = 1 / 25;
const SILENT = 'no banner';
const RETRY_MS = 20;
const OFFER_MS = 20;
const OFFER_SHARE = 1 / 20;
/** A connection on which nobody is logged in by then is given up for a new one. */
const READY_MS = 30_000;
const GOODBYE_MS = 500;
/** Far more than any of our commands takes, also under TCG on a busy machine. */
const COMMAND_MS = 90_000;

/** A new pair. ssh2 1.17 drops zeros that a public key begins with, one of 256: such a pair lets nobody in, and is made again. */
export function generateSshKey(comment: string): SshKey {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', {comment});
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error))
      return {privateKey: pair.private, publicKey: pair.public};
  }
}

/** A login over ssh that is there. */
export class SshSession implements AsyncDisposable {
  readonly client: Client;

  readonly #closed: Promise<void>;

  constructor(client: Client) {
    this.client = client;
    this.#closed = new Promise((resolve) => client.once('close', () => resolve()));
  }

  /**
   * Runs a command line in the guest's shell; with `passwords` at a terminal, where each answers one prompt. One that does not
   * end in time has status -1 and says so.
   */
  async exec(
    command: string,
    {timeoutMs = COMMAND_MS, passwords}: {timeoutMs?: number; passwords?: readonly string[]} = {},
  ): Promise<CommandResult> {
    const late = new AbortController();
    const noAnswer = sleep(timeoutMs, undefined, {signal: late.signal}).then(
      () => ({status: -1, stdout: '', stderr: `no answer within ${timeoutMs / 1000} s`}),
      () => ({status: -1, stdout: '', stderr: ''}),
    );
    try {
      return await Promise.race([this.#exec(command, passwords), noAnswer]);
    } finally {
      late.abort();
    }
  }

  async #exec(command: string, passwords?: readonly string[]): Promise<CommandResult> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      this.client.exec(command, {pty: passwords !== undefined}, (error, opened) =>
        error === undefined ? resolve(opened) : reject(error),
      );
      void this.#closed.then(() => reject(new LeanosError('BOOT_FAILED', 'the guest hung up')));
    });
    if (passwords === undefined) channel.end();
    else answerPrompts(channel, passwords);
    return collect(channel);
  }

  /** Joins a command, or without one the login shell, to streams; gives its exit status. */
  async attach({command, terminal, stdin, stdout, stderr, onResize}: AttachOptions): Promise<number> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const opened = (error: Error | undefined, stream: ClientChannel): void => {
        if (error === undefined) resolve(stream);
        else reject(error);
      };
      if (command !== undefined) this.client.exec(command, opened);
      else
        this.client.shell(
          terminal === undefined
            ? false
            : {term: process.env['TERM'] ?? 'vt100', cols: terminal.columns, rows: terminal.rows},
          opened,
        );
    });
    onResize?.((rows, columns) => channel.setWindow(rows, columns, 0, 0));
    stdin.pipe(channel);
    channel.pipe(stdout, {end: false});
    channel.stderr.pipe(stderr, {end: false});
    return new Promise((resolve, reject) => {
      let status = 0;
      channel.on('exit', (code: number | null) => (status = code ?? 255));
      channel.on('close', () => resolve(status));
      channel.on('error', reject);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A guest that was switched off never answers the goodbye.
    const enough = setTimeout(() => this.client.destroy(), GOODBYE_MS);
    this.client.end();
    await this.#closed;
    clearTimeout(enough);
  }
}

function collect(channel: ClientChannel): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let status = -1;
    channel.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    channel.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    channel.on('exit', (code: number | null) => (status = code ?? -1));
    channel.on('close', () => resolve({status, stdout, stderr}));
    channel.on('error', reject);
  });
}

/** Types a password whenever one is asked for; with none left, an end of file. */
function answerPrompts(channel: ClientChannel, passwords: readonly string[]): void {
  const left = [...passwords];
  let line = '';
  channel.on('data', (chunk: Buffer) => {
    line = `${line}${chunk.toString()}`.slice(-200);
    if (!/password: $/i.test(line)) return;
    line = '';
    channel.write(left.length > 0 ? `${left.shift()}\n` : '\x04');
  });
}

/** Tries until a login with the key or the password succeeds. @throws LeanosError BOOT_FAILED when none did in time */
export async function waitForLogin(options: LoginOptions): Promise<SshSession> {
  const until = performance.now() + options.timeoutMs;
  let last = 'no answer';
  while (performance.now() < until && options.isOver?.() !== true) {
    const attempt = await tryLogin(options, until);
    if (attempt instanceof SshSession) return attempt;
    last = attempt;
    await sleep(RETRY_MS);
  }
  const over =
    options.isOver?.() === true ? 'the machine ended' : `waited ${(options.timeoutMs / 1000).toFixed(0)} s`;
  throw new LeanosError('BOOT_FAILED', `no login over ssh as ${options.user}: ${over}; last: ${last}`);
}

/** Waits for the ssh banner alone, which needs no key. @throws LeanosError BOOT_FAILED */
export async function waitForBanner(
  options: Pick<LoginOptions, 'port' | 'timeoutMs' | 'isOver' | 'hint'>,
): Promise<void> {
  const socket = await answering(options, performance.now() + options.timeoutMs);
  if (typeof socket !== 'string') return void socket.destroy();
  throw new LeanosError('BOOT_FAILED', `no ssh banner on port ${options.port}; last: ${socket}`);
}

async function tryLogin(options: LoginOptions, until: number): Promise<SshSession | string> {
  const sock = await answering(options, until);
  if (typeof sock === 'string') return sock;
  const client = new ssh2.Client();
  return new Promise((resolve) => {
    const give = (result: SshSession | string): void => {
      clearTimeout(late);
      resolve(result);
      if (typeof result !== 'string') return;
      client.destroy();
      sock.destroy();
    };
    let waitsFor = 'the key exchange did not end';
    client.once('handshake', () => {
      waitsFor = `the ${'password' in options ? 'password' : 'key'} is not accepted`;
    });
    const late = setTimeout(() => give(waitsFor), Math.min(READY_MS, until - performance.now()));
    client.on('error', (error) => give(error.message));
    client.once('close', () => give('the connection was closed'));
    client.once('ready', () => give(new SshSession(client)));
    client.connect({
      sock,
      username: options.user,
      readyTimeout: 0, // late, above
      authHandler: offer(options),
    });
  });
}

/**
 * Milliseconds to the next offer, this long after the first. Each keeps a guest busy that has its keys still to learn: the
 * longer it takes, the fewer there are.
 */
export function offerPauseMs(sinceFirstMs: number): number {
  return Math.max(OFFER_MS, sinceFirstMs * OFFER_SHARE);
}

/**
 * Offers the key (or the password) again and again on the same connection: a guest that has just started answers before it
 * knows its keys, and a new key exchange each time would keep it from learning them.
 */
function offer(options: LoginOptions): AuthHandlerMiddleware {
  const method: AnyAuthMethod =
    'password' in options
      ? {type: 'password', username: options.user, password: options.password}
      : {type: 'publickey', username: options.user, key: options.privateKey};
  let firstMs: number | undefined;
  return (_methodsLeft, _partialSuccess, next) => {
    const nowMs = performance.now();
    const waitMs = firstMs === undefined ? 0 : offerPauseMs(nowMs - firstMs);
    firstMs ??= nowMs;
    setTimeout(() => next(method), waitMs);
  };
}

/**
 * A connection on which the other side has begun to speak, or why there is none. QEMU answers for a guest that is not there
 * yet and then lets the connection hang, so a new one is tried when one has said nothing for a moment.
 */
async function answering(
  {port, isOver, hint}: Pick<LoginOptions, 'port' | 'isOver' | 'hint'>,
  until: number,
): Promise<Socket | string> {
  const started = performance.now();
  let unheard = hint;
  void hint?.then(() => (unheard = undefined));
  let last = SILENT;
  while (performance.now() < until && isOver?.() !== true) {
    const patienceMs = Math.max(BANNER_MS, (performance.now() - started) * BANNER_SHARE);
    const answer = await firstWords(port, {patienceMs, hint: unheard});
    if (typeof answer !== 'string') return answer;
    if (answer !== SILENT) await sleep(RETRY_MS);
    last = answer;
  }
  return last;
}

/** A new connection on which something was said in time and before the hint, or why there is none. */
function firstWords(
  port: number,
  {patienceMs, hint}: {patienceMs: number; hint: Promise<unknown> | undefined},
): Promise<Socket | string> {
  const socket = connectTcp({port, host: '127.0.0.1', noDelay: true, timeout: patienceMs});
  return new Promise((resolve) => {
    let given = false;
    const give = (result: Socket | string): void => {
      if (given) return;
      given = true;
      for (const event of ['error', 'close', 'timeout', 'readable']) socket.removeAllListeners(event);
      socket.setTimeout(0);
      if (typeof result === 'string') socket.destroy();
      resolve(result);
    };
    socket.once('error', (error) => give(error.message));
    socket.once('close', () => give('the connection was closed'));
    socket.once('timeout', () => give(SILENT));
    void hint?.then(() => give(SILENT));
    // `readable` and not `data`: the banner stays in the socket for whoever takes it over.
    socket.on('readable', () => {
      if (socket.readableLength > 0) give(socket);
    });
  });
}
