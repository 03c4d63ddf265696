import {execFileSync, spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {Clone, ended, shareDownloads, type Ended} from './clone.ts';
import {temporary} from './temporary.ts';

/** A folder in which the package is installed, by somebody whose home is empty. Downloads are shared with everybody. */
export class Installed {
  readonly folder: string;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#environment = environment;
  }

  /** `install` brings the package to the folder, which is there and empty; without `cache` nothing is in the store. */
  static async in(
    name: string,
    install: (folder: string) => void,
    {cache}: {readonly cache?: string} = {},
  ): Promise<Installed> {
    const parent = temporary();
    const [folder, home] = [join(parent, name), join(parent, 'home')];
    for (const path of [folder, home]) mkdirSync(path);
    if (cache === undefined) shareDownloads(join(home, 'cache'));
    install(folder);
    return Promise.resolve(new Installed(folder, {HOME: home, LEANOS_CACHE: cache ?? join(home, 'cache')}));
  }

  leanos(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const env = {...process.env, ...this.#environment, ...environment};
    return ended(spawn('node_modules/.bin/leanos', args, {cwd: this.folder, env}));
  }

  /** The standard output. @throws Error where it fails */
  async done(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const {status, stdout, stderr} = await this.leanos(args, environment);
    if (status !== 0) throw new Error(`leanos ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  git(...words: readonly string[]): string {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    return execFileSync('git', ['-C', this.folder, ...who, ...words], {encoding: 'utf8'});
  }
}

/** The package of the checkout as it stands, and the clone that it was made in. */
export function packedPackage(): {readonly tarball: string; readonly clone: Clone} {
  const clone = new Clone();
  const folder = temporary();
  const words = ['pack', '--silent', '--pack-destination', folder];
  const name = execFileSync('npm', words, {cwd: clone.folder, encoding: 'utf8', stdio: 'pipe'}).trim();
  return {tarball: join(folder, name), clone};
}
