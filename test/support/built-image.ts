import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {workspace} from '../../src/build/workspace.ts';
import {cachePaths} from '../../src/system/cache.ts';

/** The checkout, also from where benches are compiled to. */
export const CHECKOUT = workspace(process.env).home.path;
export const LEANOS = join(CHECKOUT, 'leanos');

interface Built {
  readonly version: string;
  readonly directory: string;
  readonly artifacts: readonly {
    readonly kind: string;
    readonly format: string;
    readonly path: string;
    readonly sha256: string;
  }[];
  readonly stages: readonly {readonly name: string; readonly key: string; readonly cached: boolean}[];
}

/** Builds the image `test` (in the store after the first time) and says what `build --json` says. */
export function builtImage(): Built {
  return buildWith([]);
}

/** The same with further options of `leanos build`; another `--out` leaves the files of `builtImage` alone. */
export function buildWith(options: readonly string[], project: string = CHECKOUT): Built {
  const text = execFileSync(LEANOS, ['build', '--json', ...options], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text) as Built;
}

/** The folder of the store that holds what a stage of the image left. */
export function artifactFolder(stage: string, built: Built = builtImage()): string {
  const found = built.stages.find(({name}) => name === stage);
  if (found === undefined) throw new Error(`the image has no stage ${stage}`);
  return join(cachePaths(process.env).store, found.key);
}

/** The same of the last stage with that name, where there are several. */
export function lastArtifactFolder(stage: string, built: Built): string {
  return artifactFolder(stage, {...built, stages: built.stages.toReversed()});
}

export function artifactPath(kind: string, built: Built = builtImage(), project: string = CHECKOUT): string {
  const found = built.artifacts.find((artifact) => artifact.kind === kind);
  if (found === undefined) throw new Error(`the image has no ${kind}`);
  return join(project, found.path);
}

/** Builds an image of somebody's project, and gives the path of its disk. */
export function builtDisk(project: string, image: string): string {
  return artifactPath('disk', buildWith(['--image', image], project), project);
}
