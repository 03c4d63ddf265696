import {posix} from 'node:path';
import type {Entry, FileTree} from './file-tree.ts';

/** Names of files that take away what lower layers have: image-spec, layer.md, "Whiteouts". */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** The root of a container: its layers over one another, the last on top. */
export function rootOfLayers(layers: readonly FileTree[]): FileTree {
  const root = new Map<string, Entry>();
  for (const layer of layers) {
    for (const path of layer.keys()) takeAway(root, path);
    for (const [path, entry] of layer) {
      if (posix.basename(path).startsWith(WHITEOUT)) continue;
      // A folder over a folder keeps what is in it; all else takes its place whole.
      if (entry.type !== 'directory') removeBelow(root, path);
      root.set(path, entry);
    }
  }
  return root;
}

function takeAway(root: Map<string, Entry>, path: string): void {
  const name = posix.basename(path);
  if (!name.startsWith(WHITEOUT)) return;
  const folder = posix.dirname(path);
  if (name === OPAQUE) {
    removeBelow(root, folder === '.' ? '' : folder);
    return;
  }
  const gone = posix.join(folder, name.slice(WHITEOUT.length));
  removeBelow(root, gone);
  root.delete(gone);
}

function removeBelow(root: Map<string, Entry>, folder: string): void {
  const start = folder === '' ? '' : `${folder}/`;
  for (const path of root.keys()) if (path.startsWith(start)) root.delete(path);
}
