import {execFileSync} from 'node:child_process';
import {createReadStream, readFileSync, statSync, writeFileSync} from 'node:fs';
import {createServer, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import type {ArchitectureName} from '../../src/core/architecture.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {Clone} from './clone.ts';
import {temporary} from './temporary.ts';

/** The host as QEMU's user network shows it to a guest. */
const HOST_FOR_GUEST = '10.0.2.2';
const DAY_SECONDS = 24 * 3600;
const CHANNELS = ['alpha', 'beta', 'stable'];

/** What a test does to a request before the file is given; `true`: the request is answered. */
export type Meddle = (path: string, response: ServerResponse) => boolean;

/** A web server for a folder of releases, with ranges, as any static server has them. */
export class ReleaseServer implements AsyncDisposable {
  readonly folder = join(temporary(), 'mirror');
  readonly requests: string[] = [];
  /** Bytes of files that were asked for. */
  bytes = 0;
  meddle: Meddle = () => false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ReleaseServer> {
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      found.requests.push(`${path} ${request.headers.range ?? ''}`.trim());
      if (!found.meddle(path, response)) found.#give(path, request.headers.range, response);
    });
    const found = new ReleaseServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return found;
  }

  /** The address that a guest asks. */
  get url(): string {
    return `http://${HOST_FOR_GUEST}:${(this.#server.address() as AddressInfo).port}`;
  }

  #give(path: string, range: string | undefined, response: ServerResponse): void {
    const file = join(this.folder, path);
    const size = statSync(file, {throwIfNoEntry: false})?.size;
    if (size === undefined) return void response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start >= size && size > 0) return void response.writeHead(416).end();
    const headers = {'content-length': size - start, 'content-range': `bytes ${start}-${size - 1}/${size}`};
    this.bytes += size - start;
    response.writeHead(start > 0 ? 206 : 200, headers);
    createReadStream(file, {start}).pipe(response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Writes into the record of a release what `leanos test` would write. */
export function passTests(file: string): void {
  const record = JSON.parse(readFileSync(file, 'utf8')) as {
    images: Record<string, {digests: {usr: string}; tests?: unknown}>;
  };
  for (const image of Object.values(record.images)) {
    const {usr} = image.digests;
    image.tests = {usr, passed: 1, failed: 0, accelerator: 'tcg', at: '2026-01-01T00:00:00Z'};
  }
  writeFileSync(file, JSON.stringify(record));
}

/** A checkout of its own in which releases are made, days ago, and its key. */
export class ReleasePlace {
  readonly clone = new Clone({cache: cachePaths(process.env).root});
  readonly keys = temporary();
  readonly #server: ReleaseServer;
  readonly #archs: readonly ArchitectureName[];
  readonly #image: string;

  constructor(server: ReleaseServer, archs: readonly ArchitectureName[] = ['x86_64'], image = 'test') {
    this.#server = server;
    this.#archs = archs;
    this.#image = image;
  }

  /** Runs `leanos` as if it were so many days ago. @throws Error when it fails */
  async leanos(daysAgo: number, ...words: readonly string[]): Promise<string> {
    const now = Math.floor(Date.now() / 1000) - daysAgo * DAY_SECONDS;
    const {status, stdout, stderr} = await this.clone.run(words, {SOURCE_DATE_EPOCH: String(now)});
    if (status !== 0) throw new Error(`leanos ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  key(name: string): string {
    return join(this.keys, `${name}.sec`);
  }

  publicLine(name: string): string {
    return readFileSync(join(this.keys, `${name}.pub`), 'utf8').split('\n')[1] ?? '';
  }

  /** Channels without soaking that all believe the same keys, committed. */
  async setUp(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.leanos(0, 'keygen', join(this.keys, name));
    for (const channel of CHANNELS) {
      const lines = [
        `description: ${channel}`,
        `images: {${this.#image}: [${this.#archs.join(', ')}]}`,
        `update: {url: "${this.#server.url}"}`,
        `keys: [${JSON.stringify(this.publicLine(names[0] ?? ''))}]`,
        `gates: {tests: ${channel !== 'alpha'}}`,
      ];
      writeFileSync(this.path(`channels/${channel}.yaml`), `${lines.join('\n')}\n`);
    }
    this.commit();
  }

  path(name: string): string {
    return join(this.clone.folder, name);
  }

  git(...words: readonly string[]): string {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    return execFileSync('git', ['-C', this.clone.folder, ...who, ...words], {encoding: 'utf8'});
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'a change');
  }

  /** What `leanos test` writes, for a release that is bad on purpose or was tested already. */
  pass(version: string): void {
    passTests(this.path(`releases/${version}/release.json`));
  }

  /** A release of so many days ago on stable, published. Gives its version. */
  async release(daysAgo: number, {test = false} = {}): Promise<string> {
    const {version} = JSON.parse(await this.leanos(daysAgo, 'release', '--json')) as {version: string};
    if (test) await this.leanos(daysAgo, 'test', '--channel', 'alpha', '--firmware', 'bios');
    else this.pass(version);
    await this.leanos(daysAgo, 'promote', 'alpha', 'beta');
    await this.leanos(daysAgo, 'promote', 'beta', 'stable');
    this.commit();
    await this.publish(0);
    return version;
  }

  async publish(daysAgo: number, ...words: readonly string[]): Promise<void> {
    const keys = words.length > 0 ? words : ['--key', this.key('first')];
    await this.leanos(daysAgo, 'publish', this.#server.folder, '--channel', 'stable', ...keys);
  }
}
