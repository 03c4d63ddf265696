import {loadImage} from '../config/load-image.ts';
import {ARCHITECTURES, hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {newestInputs} from '../recipes/find-inputs.ts';
import {inputRequest, type ImageInputs} from '../recipes/inputs.ts';
import {loadLock, writeLock} from '../recipes/lock.ts';
import {withChoice, type BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import {isBrought, lockOf} from './origin.ts';
import {ownProject} from './own-project.ts';
import {resolving} from './prepare.ts';

/** What pinning an image anew did. */
export interface Pinned {
  /** The lock that was written. */
  readonly path: string;
  readonly packages: number;
  /** One line a package whose version is another than in the lock before; none where there was no lock that fits. */
  readonly changes: readonly string[];
}

/** Asks the mirrors for an image's newest packages and writes them to its lock. */
export async function pinNewest(choice: BuildChoice, env: BuildEnvironment): Promise<Pinned> {
  const {workspace} = env;
  const places = {home: workspace.home.path, project: ownProject(workspace)};
  const own = await loadImage(places, choice.image);
  if (isBrought(choice.image, workspace))
    throw new LeanosError('USAGE', `${choice.image} has the lock that leanos brings`, {
      hint: `extends: ${choice.image}     in an image of your own gives it a lock of its own`,
    });
  const image = withChoice(own, choice);
  const request = inputRequest(image, ARCHITECTURES[choice.arch], hostArchitecture());
  const path = lockOf(workspace, {own, image}, choice);
  // A lock that cannot be read is what this is for.
  const before = await loadLock(path, request).catch(() => 'missing' as const);
  const inputs = await newestInputs(request, {...resolving(image, env), anew: true});
  await writeLock(path, request, inputs);
  return {
    path,
    packages: Object.values(inputs).flat().length,
    changes: typeof before === 'object' ? changedPackages(before, inputs) : [],
  };
}

/** What a reviewer wants to read of two locks: `busybox-static 1.37.0-6 -> 1.37.0-7`. */
export function changedPackages(before: ImageInputs, after: ImageInputs): string[] {
  const versions = (inputs: ImageInputs) =>
    new Map(
      Object.values(inputs)
        .flat()
        .map(({name, version}) => [name, version]),
    );
  const [old, fresh] = [versions(before), versions(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .sort()
    .filter((name) => old.get(name) !== fresh.get(name))
    .map((name) => `${name} ${old.get(name) ?? '(new)'} -> ${fresh.get(name) ?? '(gone)'}`);
}
