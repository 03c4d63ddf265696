import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {withAccounts, type Account} from '../../formats/accounts.ts';
import {file, mergeTrees, openToAll, type FileTree} from '../../formats/file-tree.ts';
import type {SpdxPackage} from '../../formats/spdx.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {busyboxLinks} from './busybox-links.ts';
import {FACTORY, mergedUsr, outsideUsr} from './merged-usr.ts';
import {withoutUnusedLibraries} from './needed-libraries.ts';

/** Where a guest, and who looks at its disk, finds what it is made of. */
export const PACKAGE_LIST = 'usr/lib/leanos/packages';

export type RootfsOptions = {
  /** Files that the image's definition decides: content by path, with a mode where it is not 0644. */
  readonly files: readonly {readonly path: string; readonly content: string; readonly mode?: number}[];
  /** Modes of files that come from packages or overlays, such as setuid programs; by path, or by its beginning and a `*`. */
  readonly modes: Readonly<Record<string, number>>;
};

/**
 * The /usr of the image as `usr.tar` (all paths below `usr/`): packages, kernel modules, the guest's own scripts and
 * overlays (a later one wins), then what the definition decides, and accounts that packages need. Links of BusyBox fill the
 * names that are left. `usr/lib/leanos/packages` says which packages it is made of, a line each with its version.
 */
export const rootfs = defineStage<RootfsOptions, 'userland' | 'kernel' | 'scripts'>({
  name: 'rootfs',
  revision: 8,
  tools: [],
  inputs: ['userland', 'kernel', 'scripts'],
  async build({options, inputs, out, epoch}) {
    const overlays = await overlaysOf(inputs);
    for (const overlay of overlays) mustBeInUsr(overlay);
    const userland = await readTree(inputs.userland, 'tree.tar');
    const tree = mergedUsr(
      userland,
      await readTree(inputs.kernel, 'usr-modules.tar'),
      await readTree(inputs.scripts, 'tree.tar'),
      ...overlays,
      new Map(options.files.map(({path, content, mode}) => [path, file(content, mode ?? 0o644)])),
      new Map([[PACKAGE_LIST, file(await packageLines(inputs.userland))]]),
    );
    const lean = withShells(withoutUnusedLibraries(tree), userland);
    const filled = mergeTrees(lean, busyboxLinks(lean), accountFiles(lean, await accountsOf(inputs)));
    const complete = withModes(filled, options.modes);
    mustBeClosed(complete);
    await writeFile(join(out, 'usr.tar'), await encodeTar(complete, epoch));
  },
});

/** The packages of a userland, sorted by name. */
async function packageLines(userland: string): Promise<string> {
  const packages = JSON.parse(
    await readFile(join(userland, 'packages.json'), 'utf8'),
  ) as readonly SpdxPackage[];
  const lines = packages.map(({name, version}) => `${name} ${version}\n`);
  return lines.sort().join('');
}

/** Any number of further inputs, `overlay-0` and so on, the last on top. */
async function overlaysOf(inputs: Readonly<Record<string, string>>): Promise<FileTree[]> {
  const names = Object.keys(inputs).filter((name) => name.startsWith('overlay-'));
  return Promise.all(names.map((name) => readTree(inputs[name] ?? '', 'tree.tar')));
}

/** What an overlay brings is in the image, or refused. */
function mustBeInUsr(overlay: FileTree): void {
  const outside = outsideUsr(overlay);
  if (outside.length === 0) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    `an overlay has ${outside.map((path) => `/${path}`).join(', ')}, and an image is /usr and what /etc begins with`,
    {hint: 'move it below usr/, such as usr/share/www; what a machine writes is on its state partition'},
  );
}

/** The accounts that packages of the userland ask for, then those that overlays do. */
async function accountsOf(inputs: Readonly<Record<string, string>>): Promise<readonly Account[]> {
  const accounts: Account[] = [];
  for (const folder of Object.values(inputs)) {
    if (!(await readdir(folder)).includes('accounts.json')) continue;
    const text = await readFile(join(folder, 'accounts.json'), 'utf8');
    accounts.push(...(JSON.parse(text) as readonly Account[]));
  }
  return accounts;
}

function accountFiles(tree: FileTree, accounts: readonly Account[]): FileTree {
  const text = (name: string): string => textOf(tree, `usr/etc/${name}`);
  const before = {passwd: text('passwd'), group: text('group'), shadow: text('shadow')};
  const {passwd, group, shadow} = withAccounts(before, accounts);
  return new Map([
    ['usr/etc/passwd', file(passwd, 0o644)],
    ['usr/etc/group', file(group, 0o644)],
    ['usr/etc/shadow', file(shadow, 0o600)],
  ]);
}

/** shells(5): those of the definition, and those of packages. */
function withShells(tree: FileTree, userland: FileTree): FileTree {
  const [own, brought] = [textOf(tree, 'usr/etc/shells'), textOf(userland, 'etc/shells')];
  const lines = new Set([...own.split('\n'), ...brought.split('\n')].filter((line) => line.startsWith('/')));
  if (brought === '') return tree;
  return new Map([...tree, ['usr/etc/shells', file([...lines, ''].join('\n'), 0o644)]]);
}

function textOf(tree: FileTree, path: string): string {
  const entry = tree.get(path);
  return entry?.type === 'file' ? entry.data.toString('utf8') : '';
}

/** The tree with these modes: see RootfsOptions. */
export function withModes(tree: FileTree, modes: RootfsOptions['modes']): FileTree {
  const beginnings = Object.entries(modes).flatMap(([path, mode]) =>
    path.endsWith('*') ? [{beginning: path.slice(0, -1), mode}] : [],
  );
  return new Map(
    [...tree].map(([path, entry]) => {
      const mode = modes[path] ?? beginnings.find(({beginning}) => path.startsWith(beginning))?.mode;
      return mode === undefined || entry.type !== 'file' ? [path, entry] : [path, {...entry, mode}];
    }),
  );
}

/** /usr is read-only on a disk, but is unpacked elsewhere as well; and who may write to a program is whoever runs it. */
function mustBeClosed(tree: FileTree): void {
  const open = openToAll(tree).filter((path) => !path.startsWith(`${FACTORY}/`)); // a machine has these as on Debian
  if (open.length === 0) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    `every account could write to ${open.map((path) => `/${path}`).join(', ')}`,
    {hint: 'the package or overlay that brings it has to give it another mode'},
  );
}
