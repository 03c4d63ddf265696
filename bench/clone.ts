import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {context} from './lab.ts';

/** A clone of the checkout, as it stands, with an empty store of its own; packages that are downloaded need not come again. */
export class BenchClone implements Disposable {
  readonly folder: string;
  readonly #parent: string;
  readonly cache: string;

  /** With `cache`, what is there already need not be built again. */
  constructor({cache: shared}: {readonly cache?: string | undefined} = {}) {
    const {home, cache} = context.workspace;
    this.#parent = mkdtempSync(join(tmpdir(), 'leanos-bench-'));
    this.folder = join(this.#parent, 'leanos');
    this.cache = shared ?? join(this.#parent, 'cache');
    execFileSync(join(home.path, 'scripts/clone-checkout.sh'), [this.folder]);
    symlinkSync(join(home.path, 'node_modules'), join(this.folder, 'node_modules'));
    if (shared === undefined) {
      mkdirSync(this.cache);
      symlinkSync(cache.downloads, join(this.cache, 'downloads'));
      // With the sources of Buildroot's packages goes where in Debian's archive they lie.
      const found = join(cache.resolved, 'debian-sources.json');
      if (existsSync(found)) cpSync(found, join(this.cache, 'resolved/debian-sources.json'));
    }
    this.leanos('--version'); // compiles
  }

  /** Runs leanos and gives its standard output. */
  leanos(...args: readonly string[]): string {
    const env = {...process.env, LEANOS_CACHE: this.cache};
    return execFileSync(join(this.folder, 'leanos'), args, {
      cwd: this.folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Forgets all that was built of an image, or some stages of it, as the further options of a build have it. The tools that stages run stay. */
  forgetBuilt(
    image = 'test',
    options: readonly string[] = [],
    forgets: (stage: string) => boolean = (stage) => stage !== 'tools-tree',
  ): void {
    const {stages} = JSON.parse(this.leanos('plan', '--json', '--image', image, ...options)) as {
      stages: {name: string; key: string}[];
    };
    for (const {name, key} of stages) {
      if (forgets(name)) rmSync(join(this.cache, 'store', key), {recursive: true, force: true});
    }
    rmSync(join(this.folder, 'out'), {recursive: true, force: true});
  }

  [Symbol.dispose](): void {
    rmSync(this.#parent, {recursive: true, force: true});
  }
}
