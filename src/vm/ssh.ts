import {connect as connectTcp, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import ssh2, {type Client, type ClientChannel} from 'ssh2';
import {LeanosError} from '../core/error.ts';

/** An Ed25519 key pair in OpenSSH's formats. */
export interface SshKey {
  readonly privateKey: string;
  /** One line of authorized_keys. */
  readonly publicKey: string;
}

export interface LoginOptions {
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly timeoutMs: number;
  /** Says that there is no use in going on, such as a machine that has ended. */
  readonly isOver?: () => boolean;
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

/** A port that is forwarded to a guest answers before the guest does: only a banner counts. */
const BANNER_MS = 500;
const RETRY_MS = 50;
const HANDSHAKE_MS = 30_000;
const GOODBYE_MS = 500;

export function generateSshKey(comment: string): SshKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519', {comment});
  return {privateKey: pair.private, publicKey: pair.public};
}

/** A login over ssh that is there. */
export class SshSession implements AsyncDisposable {
  readonly client: Client;

  readonly #closed: Promise<void>;

  constructor(client: Client) {
    this.client = client;
    this.#closed = new Promise((resolve) => client.once('close', () => resolve()));
  }

  /** Runs a command line in the guest's shell. */
  async exec(command: string, input = ''): Promise<CommandResult> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      this.client.exec(command, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    return collect(channel, input);
  }

  /** Joins a command, or without one the login shell, to streams; gives its exit status. */
  async attach({command, terminal, stdin, stdout, stderr, onResize}: AttachOptions): Promise<number> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const opened = (error: Error | undefined, stream: ClientChannel): void => {
        if (error === undefined) resolve(stream);
        else reject(error);
      };
      if (command !== undefined) this.client.exec(command, opened);
      else this.client.shell(terminal === undefined ? false : {term: process.env['TERM'] ?? 'vt100', cols: terminal.columns, rows: terminal.rows}, opened);
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

function collect(channel: ClientChannel, input: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let status = -1;
    channel.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    channel.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    channel.on('exit', (code: number | null) => (status = code ?? -1));
    channel.on('close', () => resolve({status, stdout, stderr}));
    channel.on('error', reject);
    channel.end(input);
  });
}

/** Tries until a login with the key succeeds. @throws LeanosError BOOT_FAILED when none did in time */
export async function waitForLogin(options: LoginOptions): Promise<SshSession> {
  const until = performance.now() + options.timeoutMs;
  let last = 'no answer';
  while (performance.now() < until && options.isOver?.() !== true) {
    const attempt = await tryLogin(options);
    if (attempt instanceof SshSession) return attempt;
    last = attempt;
    await sleep(RETRY_MS);
  }
  const over = options.isOver?.() === true ? 'the machine ended' : `waited ${(options.timeoutMs / 1000).toFixed(0)} s`;
  throw new LeanosError('BOOT_FAILED', `no login over ssh as ${options.user}: ${over}; last: ${last}`);
}

/** Waits for the ssh banner alone, which needs no key. @throws LeanosError BOOT_FAILED */
export async function waitForBanner({port, timeoutMs}: Pick<LoginOptions, 'port' | 'timeoutMs'>): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    const socket = await answering(port);
    if (typeof socket !== 'string') {
      socket.destroy();
      return;
    }
    await sleep(RETRY_MS);
  }
  throw new LeanosError('BOOT_FAILED', `no ssh banner on port ${port} in ${(timeoutMs / 1000).toFixed(0)} s`);
}

async function tryLogin({port, user, privateKey}: LoginOptions): Promise<SshSession | string> {
  const sock = await answering(port);
  if (typeof sock === 'string') return sock;
  const client = new ssh2.Client();
  return new Promise((resolve) => {
    const failed = (error: Error): void => {
      client.destroy();
      sock.destroy();
      resolve(error.message);
    };
    client.on('error', failed);
    client.once('ready', () => resolve(new SshSession(client)));
    client.connect({sock, username: user, privateKey, readyTimeout: HANDSHAKE_MS, keepaliveInterval: 0});
  });
}

/** A connection on which the other side has begun to speak, or why there is none. */
function answering(port: number): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connectTcp({port, host: '127.0.0.1', noDelay: true});
    const give = (result: Socket | string): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      if (typeof result === 'string') socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => give('no banner'), BANNER_MS);
    socket.once('error', (error) => give(error.message));
    socket.once('close', () => give('connection closed'));
    // `readable` and not `data`: the banner stays in the socket for whoever takes it over.
    socket.once('readable', () => give(socket.readableLength > 0 ? socket : 'connection closed'));
  });
}
