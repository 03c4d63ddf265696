import {join} from 'node:path';
import {symlink} from 'node:fs/promises';
import {LeanosError} from '../../core/error.ts';
import {defineStage} from '../../pipeline/stage.ts';

/** Where Buildroot comes from. A folder is used as it is; its `digest` says which state of it. */
export type BuildrootSourceOptions =
  | {readonly kind: 'git'; readonly url: string; readonly commit: string}
  | {readonly kind: 'tarball'; readonly url: string; readonly sha256: string}
  | {readonly kind: 'folder'; readonly path: string; readonly digest: string};

/** The name of the link to a folder that is used in place; without it the artifact has {@link SOURCE_TAR}. */
export const SOURCE_LINK = 'folder';
/** Buildroot as a tar, its files at the top. */
export const SOURCE_TAR = 'buildroot.tar';

/** Brings Buildroot here, of a commit or a tarball, as `buildroot.tar`; a user's own folder is only pointed to. */
export const buildrootSource = defineStage<BuildrootSourceOptions, never>({
  name: 'buildroot-source',
  revision: 1,
  tools: ['xz', 'gzip'],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    if (options.kind === 'folder') return symlink(options.path, join(out, SOURCE_LINK));
    const tar = join(out, SOURCE_TAR);
    if (options.kind === 'tarball') {
      const [archive = ''] = await fetch([{url: options.url, sha256: options.sha256}]).catch(notHere);
      const unpack = DECOMPRESSORS.find(([pattern]) => pattern.test(options.url))?.[1] ?? 'cat';
      const packed = join(out, '.packed.tar');
      await run([unpack, ...(unpack === 'cat' ? [] : ['--decompress', '--stdout'])], {
        inputFile: archive,
        outputFile: packed,
      });
      // A release has all in one folder: it goes.
      await run(['mkdir', join(out, '.tree')]);
      await run([
        'tar',
        '--extract',
        `--file=${packed}`,
        `--directory=${join(out, '.tree')}`,
        '--strip-components=1',
      ]);
      await run(['tar', '--create', `--file=${tar}`, `--directory=${join(out, '.tree')}`, '.']);
      await run(['rm', '-r', packed, join(out, '.tree')]);
      return;
    }
    const repository = join(out, '.git');
    await run(['git', 'init', '--quiet', '--bare', repository]);
    const git = ['git', `--git-dir=${repository}`] as const;
    await run([...git, 'fetch', '--quiet', '--depth=1', options.url, options.commit]).catch(notHere);
    await run([...git, 'archive', '--format=tar', `--output=${tar}`, options.commit]);
    await run(['rm', '-r', repository]);
  },
});

/** Buildroot is none of the pinned packages, which a mirror may have in newer versions: what cannot be had ends the build. */
function notHere(error: unknown): never {
  if (!(error instanceof LeanosError) || !['COMMAND_FAILED', 'DOWNLOAD_FAILED'].includes(error.code))
    throw error;
  throw new LeanosError('COMMAND_FAILED', `cannot fetch Buildroot: ${error.message}`, {
    hint: '--buildroot DIR     takes one that is here already',
    cause: error,
  });
}

const DECOMPRESSORS: readonly (readonly [RegExp, 'xz' | 'gzip'])[] = [
  [/\.(xz|txz)$/, 'xz'],
  [/\.(gz|tgz)$/, 'gzip'],
];
