import {spawn, type ChildProcess} from 'node:child_process';
import {mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {cachePaths} from '../../src/system/cache.ts';
import {CHECKOUT} from './built-image.ts';
import {bringCompiled, cloneCheckout} from './clone-checkout.ts';
import {temporary} from './temporary.ts';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A clone of the checkout, as it stands, with a store of its own. Downloads are shared with everybody. */
export class Clone {
  readonly folder: string;
  readonly cache: string;
  readonly #prefix: readonly string[];

  /** `prefix` is a command that runs `leanos`. */
  constructor({cache, prefix = []}: {cache?: string; prefix?: readonly string[]} = {}) {
    this.#prefix = prefix;
    const parent = temporary();
    this.folder = join(parent, 'leanos');
    this.cache = cache ?? join(parent, 'cache');
    cloneCheckout(this.folder);
    bringCompiled(this.folder);
    symlinkSync(join(CHECKOUT, 'node_modules'), join(this.folder, 'node_modules'));
    if (cache === undefined) shareDownloads(this.cache);
  }

  /** Starts `leanos`, in a process group of its own so that all of it can be killed. */
  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const [program = '', ...words] = [...this.#prefix, join(this.folder, 'leanos'), ...args];
    return spawn(program, words, {
      cwd: this.folder,
      env: {...process.env, LEANOS_CACHE: this.cache, ...environment},
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return ended(this.start(args, environment));
  }

  /** Builds, and gives the sha256 of each artifact by its file name. */
  async digests(): Promise<Readonly<Record<string, string>>> {
    const {status, stdout, stderr} = await this.run(['build', '--json']);
    if (status !== 0) throw new Error(stderr);
    const {artifacts} = JSON.parse(stdout) as {artifacts: {path: string; sha256: string}[]};
    return Object.fromEntries(artifacts.map(({path, sha256}) => [path, sha256]));
  }
}

/** The packages that are on this machine already need not come over the network for every clone. */
export function shareDownloads(cache: string): void {
  const shared = cachePaths(process.env).downloads;
  mkdirSync(shared, {recursive: true});
  mkdirSync(cache, {recursive: true});
  symlinkSync(shared, join(cache, 'downloads'));
}

export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (status) => resolve({status, stdout, stderr})));
}
