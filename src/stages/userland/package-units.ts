import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {count} from '../../core/count.ts';
import {mergeTrees, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {isBelow} from './ballast.ts';
import {readPackage, type PackageOptions} from './packages.ts';

/** Where Debian's packages have units, and what units read that no lean guest has else. */
const FOLDERS = ['lib/systemd/system', 'usr/lib/systemd/system', 'etc/systemd/system', 'etc/default'];

/** The units of systemd that packages have, and their defaults, as `units.tar`. */
export const packageUnits = defineStage<PackageOptions, never>({
  name: 'package-units',
  revision: 1,
  tools: [],
  inputs: [],
  timeless: true,
  detail: ({packages}) => `of ${count(packages.length, 'package')}`,
  async build({options, out, run, fetch}) {
    const trees: FileTree[] = [];
    for (const archive of await fetch(options.packages)) {
      const tree = await readPackage(archive, {run, scratch: join(out, '.package.tar')});
      trees.push(new Map([...tree].filter(([path]) => FOLDERS.some((folder) => isBelow(path, folder)))));
    }
    await writeFile(join(out, 'units.tar'), await encodeTar(mergeTrees(...trees), 0));
  },
});
