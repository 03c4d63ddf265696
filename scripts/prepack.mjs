// npm pack runs this first: it compiles, declares the types, and writes down what a package of npm cannot hold of leanos' own files: the commit that
// they are of, symbolic links, and which files may be run (src/build/workspace.ts reads it).
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {declareTypes} from './declare-types.mjs';
import {checkout, ensureReady} from './setup.mjs';

/** The folders that images are made of. */
const BROUGHT = ['init-scripts', 'buildroot-overlays', 'keyrings', 'images', 'channels', 'locks'];

await ensureReady({dev: true});
await declareTypes(join(checkout, 'dist/types')).catch((error) => fail(error.message));
const [id, epoch] = git('log', '-1', '--format=%H %ct').trim().split(' ');
const files = git('ls-files', '--stage', '-z', '--', ...BROUGHT)
  .split('\0')
  .flatMap((line) => {
    const [, mode, digest, path] = /^(\d+) (\S+) \d\t(.*)$/s.exec(line) ?? [];
    return path === undefined ? [] : [{mode, digest, path}];
  });
const changed = git('status', '--porcelain');
if (changed !== '') process.stderr.write(`leanos: what is packed is not in commit ${id}:\n${changed}`);
const packed = {
  commit: {id, epoch: Number(epoch)},
  links: Object.fromEntries(
    files
      .filter(({mode}) => mode === '120000')
      .map(({digest, path}) => [path, git('cat-file', 'blob', digest)]),
  ),
  executable: files.filter(({mode}) => mode === '100755').map(({path}) => path),
};
writeFileSync(join(checkout, 'dist/packed.json'), `${JSON.stringify(packed, null, 1)}\n`);

function git(...words) {
  const {status, stdout, stderr, error} = spawnSync('git', ['-C', checkout, ...words], {encoding: 'utf8'});
  if (status === 0) return stdout;
  return fail(`a package is made from a git checkout\n${error?.message ?? stderr}`);
}

function fail(message) {
  process.stderr.write(`leanos: ${message}\n`);
  process.exit(2);
}
