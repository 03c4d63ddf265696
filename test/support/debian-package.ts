import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {ARCHITECTURES, hostArchitecture} from '../../src/core/architecture.ts';
import {Apt, mirrors} from '../../src/system/apt.ts';
import {fetchFiles} from '../../src/system/fetch.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from './temporary.ts';

/**
 * A folder with packages of Debian 13, unpacked: programs that the host's own release may lack, and that need nothing but the
 * C library. The packages are downloaded once.
 * @throws LeanosError where it cannot be had: the test fails
 */
export async function unpackedPackages(...names: readonly string[]): Promise<string> {
  const [scratch, folder] = [temporary(), join(temporary(), 'unpacked')];
  const here = workspace(process.env);
  const sources = debianSources({suite: 'trixie', archives: ['main']}, here, process.env);
  const architecture = ARCHITECTURES[hostArchitecture().name].debian;
  const apt = await Apt.open(scratch, {sources, run, architecture});
  const pins = await apt.resolve({packages: names, depth: 'alone'});
  const files = await fetchFiles(pins, {folder: here.cache.downloads, run, mirrors: mirrors(sources)});
  mkdirSync(folder);
  for (const file of files) execFileSync('dpkg-deb', ['-x', file, folder]);
  return folder;
}
