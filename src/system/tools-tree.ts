import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import type {Run} from './run.ts';

/** The argument vector that starts a program of the tools tree; arguments follow. */
export type ToolCommand = (name: string) => readonly [string, ...string[]];

const PROGRAM_FOLDERS = ['usr/bin', 'usr/sbin'];

/**
 * The tools that make images are Debian packages of one pinned release, unpacked into a folder and started by that
 * folder's own dynamic loader (ld.so(8)). So they are the same versions on every host, and need neither root nor chroot.
 */
export function toolCommand(tree: string, host: Architecture): ToolCommand {
  const libraries = libraryFolder(tree, host);
  const loader = join(libraries, host.loader);
  return (name) => {
    const program = findInTree(tree, host, name);
    if (program === undefined)
      throw new LeanosError('TOOL_MISSING', `'${name}' is not in the tools tree ${tree}`);
    return [loader, '--argv0', name, '--library-path', libraries, program];
  };
}

/** Where a program of a tools tree is; nothing where it has none, or none for this host. */
export function findInTree(tree: string, host: Architecture, name: string): string | undefined {
  if (!existsSync(join(libraryFolder(tree, host), host.loader))) return undefined;
  return PROGRAM_FOLDERS.map((folder) => join(tree, folder, name)).find((path) => existsSync(path));
}

/**
 * What the tools need to know that the host must not decide: the time, and where the files are that they would look for in the
 * host's /etc and /usr/lib. Those of another C library, or of none, are of no use to them.
 */
export function toolEnvironment(
  tree: string,
  host: Architecture,
  epoch: number,
): Readonly<Record<string, string>> {
  const libraries = libraryFolder(tree, host);
  return {
    GCONV_PATH: join(libraries, 'gconv'),
    OPENSSL_CONF: '/dev/null',
    OPENSSL_MODULES: join(libraries, 'ossl-modules'),
    SOURCE_DATE_EPOCH: String(epoch),
    E2FSPROGS_FAKE_TIME: String(epoch),
    MKE2FS_CONFIG: join(tree, 'etc/mke2fs.conf'),
    PYTHONHOME: join(tree, 'usr'),
    MTOOLSRC: '/dev/null',
    MTOOLS_SKIP_CHECK: '1',
  };
}

function libraryFolder(tree: string, host: Architecture): string {
  return join(tree, 'usr/lib', host.triplet);
}

/** A `run` that takes the named tools from the tree and everything else from the host. */
export function runWithTools(
  run: Run,
  {
    tools,
    command,
    env,
  }: {tools: readonly string[]; command: ToolCommand; env: Readonly<Record<string, string>>},
): Run {
  return ([name, ...args], options = {}) => {
    if (!tools.includes(name)) return run([name, ...args], options);
    return run([...command(name), ...args], {...options, env: {...env, ...options.env}});
  };
}
