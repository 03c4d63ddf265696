import {connect as connectTcp, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import ssh2, {type AnyAuthMethod, type AuthHandlerMiddleware} from 'ssh2';
import {LeanosError} from '../core/error.ts';
import type {BootPhase} from './boot-phases.ts';
import {readOffer, type SshOffers} from './ssh-offers.ts';
import {SshSession} from './ssh.ts';

/** What a user has to show. */
export type Credential = {readonly privateKey: string} | {readonly password: string};

/** A guest's ssh that is waited for. */
export interface WaitOptions {
  readonly port: number;
  /** For how long nothing may come further. */
  readonly timeoutMs: number;
  /** When something last came further, as performance.now() counts; without it all of the wait has `timeoutMs`. */
  readonly progressMs?: () => number;
  /** Says that there is no use in going on, such as a machine that has ended; every wait ends at once. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves when a new connection is worth a try, such as when the guest tells of its network; it never rejects. */
  readonly hint?: Promise<unknown>;
  /** Hears of each step that the guest takes. */
  readonly onPhase?: (phase: BootPhase) => void;
}

export type LoginOptions = Credential &
  WaitOptions & {
    readonly user: string;
    /** Whether the guest has taken in all keys and passwords that it will know: then one refusal is the last. */
    readonly isSettled?: () => boolean;
  };

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
const OFFERS_MS = 5000;
const OFFERS_SHARE = 1 / 4;
/** A connection on which nobody is logged in by then is given up for a new one. */
const READY_MS = 30_000;

/** What all attempts of one wait have in common. */
class Attempts {
  readonly #options: WaitOptions;
  readonly #startedMs = performance.now();
  /** When a key or a password was shown for the first time. */
  offeredMs: number | undefined;
  /** Why there is no use in showing it again. */
  refused = false;

  constructor(options: WaitOptions) {
    this.#options = options;
  }

  get leftMs(): number {
    const {timeoutMs, progressMs} = this.#options;
    return timeoutMs - (performance.now() - Math.max(this.#startedMs, progressMs?.() ?? 0));
  }

  get over(): boolean {
    return this.refused || this.leftMs <= 0 || this.#options.signal?.aborted === true;
  }

  get waitedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Why it is over, in words. */
  get why(): string {
    if (this.#options.signal?.aborted === true) return 'the machine ended';
    if (this.refused) return 'it is refused for good';
    return `waited ${(this.waitedMs / 1000).toFixed(0)} s`;
  }
}

/** Tries until a login with the key or the password succeeds. @throws LeanosError BOOT_FAILED when none did in time */
export async function waitForLogin(options: LoginOptions): Promise<SshSession> {
  const attempts = new Attempts(options);
  let last = 'no answer';
  while (!attempts.over) {
    const attempt = await tryLogin(options, attempts);
    if (attempt instanceof SshSession) return attempt;
    last = attempt;
    await sleep(RETRY_MS);
  }
  throw new LeanosError(
    'BOOT_FAILED',
    `no login over ssh as ${options.user}: ${attempts.why}; last: ${last}`,
  );
}

/** Waits for the ssh banner alone, which needs no key. @throws LeanosError BOOT_FAILED */
export async function waitForBanner(options: WaitOptions): Promise<void> {
  const socket = await answering(options, new Attempts(options));
  if (typeof socket !== 'string') return void socket.destroy();
  throw new LeanosError('BOOT_FAILED', `no ssh banner on port ${options.port}; last: ${socket}`);
}

async function tryLogin(options: LoginOptions, attempts: Attempts): Promise<SshSession | string> {
  const sock = await answering(options, attempts);
  if (typeof sock === 'string') return sock;
  const client = new ssh2.Client();
  const offers: SshOffers = {};
  return new Promise((resolve) => {
    let waitsFor = 'the key exchange did not end';
    const give = (result: SshSession | string): void => {
      clearTimeout(late);
      options.signal?.removeEventListener('abort', stop);
      resolve(result);
      if (typeof result !== 'string') return;
      client.destroy();
      sock.destroy();
    };
    const stop = (): void => give(waitsFor);
    options.signal?.addEventListener('abort', stop);
    const notAccepted = `the ${'password' in options ? 'password' : 'key'} is not accepted`;
    client.once('handshake', () => {
      options.onPhase?.('key-exchange');
      waitsFor = notAccepted;
    });
    const late = setTimeout(stop, Math.min(READY_MS, Math.max(0, attempts.leftMs)));
    client.on('error', (error) =>
      give(waitsFor === notAccepted ? `${notAccepted} (${error.message})` : error.message),
    );
    client.once('close', () => give('the connection was closed'));
    client.once('ready', () => {
      options.onPhase?.('login');
      give(new SshSession(client, offers));
    });
    const authHandler = offer(options, attempts, () => give(notAccepted));
    client.connect({
      sock,
      username: options.user,
      readyTimeout: 0, // late, above
      authHandler,
      debug: (line) => readOffer(line, offers),
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
 * For how many milliseconds a connection is offered the same again, this long after the first offer of all. Dropbear remembers for a
 * connection that it knows no such user, and a user may be made while it lasts.
 */
export function offersMs(sinceFirstMs: number): number {
  return Math.max(OFFERS_MS, sinceFirstMs * OFFERS_SHARE);
}

/**
 * Offers the key (or the password) again and again on the same connection: a guest that has just started answers before it
 * knows its keys, and a new key exchange each time would keep it from learning them. A refusal is the last where the guest was settled
 * before the first offer of its connection.
 */
function offer(options: LoginOptions, attempts: Attempts, giveUp: () => void): AuthHandlerMiddleware {
  const method: AnyAuthMethod =
    'password' in options
      ? {type: 'password', username: options.user, password: options.password}
      : {type: 'publickey', username: options.user, key: options.privateKey};
  let first: {readonly ms: number; readonly settled: boolean} | undefined;
  return (_methodsLeft, _partialSuccess, next) => {
    const nowMs = performance.now();
    const settled = options.isSettled?.() ?? false;
    const sinceFirstMs = nowMs - (attempts.offeredMs ?? nowMs);
    if (first !== undefined) {
      options.onPhase?.('key-refused');
      attempts.refused = first.settled;
      if (settled || nowMs - first.ms > offersMs(sinceFirstMs)) {
        giveUp();
        return;
      }
    }
    const waitMs = attempts.offeredMs === undefined ? 0 : offerPauseMs(sinceFirstMs);
    attempts.offeredMs ??= nowMs;
    setTimeout(() => {
      first ??= {ms: performance.now(), settled: options.isSettled?.() ?? false};
      next(method);
    }, waitMs);
  };
}

/**
 * A connection on which the other side has begun to speak, or why there is none. QEMU answers for a guest that is not there
 * yet and then lets the connection hang, so a new one is tried when one has said nothing for a moment.
 */
async function answering(options: WaitOptions, attempts: Attempts): Promise<Socket | string> {
  const {port, signal} = options;
  const startedMs = performance.now();
  let unheard = options.hint;
  void unheard?.then(() => (unheard = undefined));
  let last = SILENT;
  while (!attempts.over) {
    const patienceMs = Math.max(BANNER_MS, (performance.now() - startedMs) * BANNER_SHARE);
    const answer = await firstWords(port, {patienceMs, hint: unheard, signal});
    if (typeof answer !== 'string') {
      options.onPhase?.('banner');
      return answer;
    }
    if (answer !== SILENT) await sleep(RETRY_MS);
    last = answer;
  }
  return last;
}

/** A new connection on which something was said in time and before the hint, or why there is none. */
function firstWords(
  port: number,
  {
    patienceMs,
    hint,
    signal,
  }: {patienceMs: number; hint: Promise<unknown> | undefined; signal: AbortSignal | undefined},
): Promise<Socket | string> {
  const socket = connectTcp({port, host: '127.0.0.1', noDelay: true, timeout: patienceMs});
  return new Promise((resolve) => {
    let given = false;
    const give = (result: Socket | string): void => {
      if (given) return;
      given = true;
      for (const event of ['error', 'close', 'timeout', 'readable']) socket.removeAllListeners(event);
      signal?.removeEventListener('abort', silent);
      socket.setTimeout(0);
      if (typeof result === 'string') socket.destroy();
      resolve(result);
    };
    const silent = (): void => give(SILENT);
    socket.once('error', (error) => give(error.message));
    socket.once('close', () => give('the connection was closed'));
    socket.once('timeout', silent);
    signal?.addEventListener('abort', silent);
    void hint?.then(silent);
    // `readable` and not `data`: the banner stays in the socket for whoever takes it over.
    socket.on('readable', () => {
      if (socket.readableLength > 0) give(socket);
    });
  });
}
