import {setTimeout as sleep} from 'node:timers/promises';
import ssh2, {type Client, type ClientChannel} from 'ssh2';
import {LeanosError} from '../core/error.ts';
import type {SshOffers} from './ssh-offers.ts';
import {onText} from '../system/on-text.ts';

/** An Ed25519 key pair in OpenSSH's formats. */
export interface SshKey {
  readonly privateKey: string;
  /** One line of authorized_keys. */
  readonly publicKey: string;
}

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
  /** What the guest offered when the connection began. */
  readonly offers: SshOffers;

  readonly #closed: Promise<void>;

  constructor(client: Client, offers: SshOffers) {
    this.client = client;
    this.offers = offers;
    this.#closed = new Promise((resolve) => client.once('close', () => resolve()));
  }

  /**
   * Runs a command line in the guest's shell; with `passwords` at a terminal, where each answers one prompt. One that does not
   * end in time, or is ended by a signal, has status -1 and says so.
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
    onText(channel, (text) => (stdout += text));
    onText(channel.stderr, (text) => (stderr += text));
    channel.on('exit', (code: number | null, signal?: string) => {
      status = code ?? -1;
      if (code === null) stderr += `${signal ?? 'a signal'} ended it`;
    });
    channel.on('close', () => resolve({status, stdout, stderr}));
    channel.on('error', reject);
  });
}

/** Types a password whenever one is asked for; with none left, an end of file. */
function answerPrompts(channel: ClientChannel, passwords: readonly string[]): void {
  const left = [...passwords];
  let line = '';
  onText(channel, (text) => {
    line = `${line}${text}`.slice(-200);
    if (!/password: $/i.test(line)) return;
    line = '';
    channel.write(left.length > 0 ? `${left.shift()}\n` : '\x04');
  });
}
