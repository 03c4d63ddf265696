import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {file, mergeTrees, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {busyboxLinks} from './busybox-links.ts';
import {mergedUsr} from './merged-usr.ts';
import {withoutUnusedLibraries} from './needed-libraries.ts';

export type RootfsOptions = {
  /** Files that the image's definition decides: content by path, with a mode where it is not 0644. */
  readonly files: readonly {readonly path: string; readonly content: string; readonly mode?: number}[];
  /** Modes of files that come from packages or overlays, such as setuid programs; by path. */
  readonly modes: Readonly<Record<string, number>>;
};

/**
 * The /usr of the image as `usr.tar` (all paths below `usr/`): packages, kernel modules, the guest's own scripts and
 * overlays (a later one wins), then what the definition decides. Links of BusyBox fill the names that are left.
 */
export const rootfs = defineStage<RootfsOptions, 'userland' | 'kernel' | 'scripts'>({
  name: 'rootfs',
  revision: 3,
  tools: [],
  inputs: ['userland', 'kernel', 'scripts'],
  async build({options, inputs, out, epoch}) {
    const tree = mergedUsr(
      await readTree(inputs.userland, 'tree.tar'),
      await readTree(inputs.kernel, 'usr-modules.tar'),
      await readTree(inputs.scripts, 'tree.tar'),
      ...(await overlaysOf(inputs)),
      new Map(options.files.map(({path, content, mode}) => [path, file(content, mode ?? 0o644)])),
    );
    const lean = withoutUnusedLibraries(tree);
    const complete = withModes(mergeTrees(lean, busyboxLinks(lean)), options.modes);
    await writeFile(join(out, 'usr.tar'), await encodeTar(complete, epoch));
  },
});

/** Any number of further inputs, `overlay-0` and so on, the last on top. */
async function overlaysOf(inputs: Readonly<Record<string, string>>): Promise<FileTree[]> {
  const names = Object.keys(inputs).filter((name) => name.startsWith('overlay-'));
  return Promise.all(names.map((name) => readTree(inputs[name] ?? '', 'tree.tar')));
}

function withModes(tree: FileTree, modes: Readonly<Record<string, number>>): FileTree {
  return new Map(
    [...tree].map(([path, entry]) => {
      const mode = modes[path];
      return mode === undefined || entry.type !== 'file' ? [path, entry] : [path, {...entry, mode}];
    }),
  );
}
