import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {cachePaths} from '../../src/system/cache.ts';
import {CHECKOUT} from './built-image.ts';
import {cloneCheckout} from './clone-checkout.ts';
import {ended, type Ended} from './clone.ts';

/** Characters that a tool could take for something else, all in the name of one folder. */
export const ODD_NAME = `-o d:d;"q'u$HOME$(y)#%41,@@[ü]*?&|<>~={}`;

/** Who builds, and where. */
export interface Builder {
  /** The number of an account that nobody has; absent: who runs the tests. */
  readonly account?: number;
  readonly umask?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The name of the folder that checkout, home, cache, TMPDIR and output lie in. */
  readonly name?: string;
  /** Where that folder lies; absent: in the tests' own. */
  readonly below?: string;
  /** Changes the checkout, whose path is `$1`. */
  readonly prepare?: string;
  /** What a shell does before the build, as root of a mount namespace of its own where the builder has another account. */
  readonly before?: string;
}

/** Builds a clone as somebody else would, with a store of its own. Packages are those of this machine. */
export async function buildAs(
  builder: Builder,
  ...args: readonly string[]
): Promise<Ended & {readonly folder: string}> {
  const {account, umask = '022', name = 'plain', below = tmpdir()} = builder;
  const parent = mkdtempSync(join(below, 'leanos-builder-'));
  onTestFinished(() => rmSync(parent, {recursive: true, force: true}));
  chmodSync(parent, 0o755);
  const folder = join(parent, name);
  const checkout = join(folder, 'leanos');
  for (const part of ['home', 'cache', 'out', 'tmp']) mkdirSync(join(folder, part), {recursive: true});
  cloneCheckout(checkout, '--no-hardlinks');
  // Lent by mounts: the folders of who runs the tests may be closed to others.
  const lent = {node_modules: join(CHECKOUT, 'node_modules'), downloads: cachePaths(process.env).downloads};
  const places = {node_modules: join(checkout, 'node_modules'), downloads: join(folder, 'cache/downloads')};
  for (const part of ['node_modules', 'downloads'] as const) {
    if (account === undefined) symlinkSync(lent[part], places[part]);
    else mkdirSync(places[part], {recursive: true});
  }
  if (builder.prepare !== undefined) execFileSync('sh', ['-euc', builder.prepare, 'sh', checkout]);
  if (account !== undefined) give(folder, account);
  const environment = {
    ...process.env,
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    LEANOS_CACHE: join(folder, 'cache'),
    ...builder.environment,
  };
  const build = `umask ${umask}; cd "$1"; shift; exec ./leanos build --json --out "$@"`;
  const words = ['sh', '-euc', build, 'sh', checkout, join(folder, 'out'), ...args];
  const child =
    account === undefined
      ? spawn('sh', words.slice(1), {env: environment})
      : spawn(
          'unshare',
          [
            ...['--mount', 'sh', '-euc', MOUNT_AND_BECOME, 'sh', String(account)],
            ...[lent.node_modules, places.node_modules, lent.downloads, places.downloads],
            ...words,
          ],
          {env: environment},
        );
  return {...(await ended(child)), folder};
}

const MOUNT_AND_BECOME =
  'id=$1; mount --bind "$2" "$3"; mount --bind "$4" "$5"; shift 5; exec setpriv --reuid="$id" --regid="$id" --clear-groups -- "$@"';

/** The sha256 of each artifact by its name. @throws where the build failed */
export function digestsOf({status, stdout, stderr}: Ended): Readonly<Record<string, string>> {
  if (status !== 0) throw new Error(stderr);
  const {artifacts} = JSON.parse(stdout) as {artifacts: {path: string; sha256: string}[]};
  return Object.fromEntries(artifacts.map(({path, sha256}) => [path.split('/').at(-1) ?? '', sha256]));
}

function give(path: string, account: number): void {
  spawnSync('chown', ['-R', '--no-dereference', `${account}:${account}`, path]);
}
