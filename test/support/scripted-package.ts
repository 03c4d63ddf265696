import {directory, file, symlink, type Entry} from '../../src/formats/file-tree.ts';
import type {ScriptedPackage} from '../../src/stages/userland/scripts/machine.ts';

/** A package with files (folders end with a slash, links begin with an arrow) and control files, by path. */
export function scriptedPackage(
  name: string,
  control: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): ScriptedPackage {
  const entry = (path: string, text: string): [string, Entry] => {
    if (path.endsWith('/')) return [path.slice(0, -1), directory()];
    return [
      path,
      text.startsWith('->') ? symlink(text.slice(2)) : file(text, path.includes('bin/') ? 0o755 : 0o644),
    ];
  };
  return {
    name,
    version: '1.0',
    architecture: 'amd64',
    tree: new Map(Object.entries(files).map(([path, text]) => entry(path, text))),
    control: new Map(
      Object.entries({control: `Package: ${name}\n`, ...control}).map(([path, text]) => [
        path,
        file(text, 0o755),
      ]),
    ),
  };
}
