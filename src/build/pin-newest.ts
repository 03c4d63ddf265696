import {mkdir} from 'node:fs/promises';
import {loadImage} from '../config/load-image.ts';
import {ARCHITECTURES, PINNED_HOSTS} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {newestInputs} from '../recipes/find-inputs.ts';
import {inputRequest, type InputRequest} from '../recipes/input-request.ts';
import type {ImageInputs} from '../recipes/inputs.ts';
import {loadLock, writeLock} from '../recipes/lock.ts';
import type {PackagePin} from '../system/apt.ts';
import {AptPool} from '../system/apt-pool.ts';
import {withChoice, type BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import {isBrought, lockOf} from './origin.ts';
import {ownProject} from './own-project.ts';
import {withPackageSources} from './package-sources.ts';
import {findPayload} from './payload.ts';
import {payloadDoors} from './payload-place.ts';
import {resolving} from './prepare.ts';

/** What pinning an image anew did. */
export interface Pinned {
  /** The lock that was written. */
  readonly path: string;
  readonly packages: number;
  /** One line a package whose version is another than in the lock before; none where there was no lock that fits. */
  readonly changes: readonly string[];
}

/** Asks the mirrors for an image's newest packages, on every architecture that it is for if asked so, and writes them to its locks. */
export async function pinNewest(
  choice: BuildChoice,
  {everyArch}: {readonly everyArch: boolean},
  env: BuildEnvironment,
): Promise<Pinned[]> {
  const {workspace} = env;
  const places = {home: workspace.home.path, project: ownProject(workspace)};
  const own = await loadImage(places, choice.image);
  if (isBrought(choice.image, workspace))
    throw new LeanosError('USAGE', `${choice.image} has the lock that leanos brings`, {
      hint: `extends: ${choice.image}     in an image of your own gives it a lock of its own`,
    });
  const {resolved, ...options} = resolving(own, env);
  await mkdir(resolved, {recursive: true});
  await using apts = new AptPool({...options, scratch: resolved});
  const pinned: Pinned[] = [];
  for (const arch of everyArch ? own.arches : [choice.arch]) {
    const chosen = {...choice, arch};
    const asked = withChoice(own, chosen);
    const payload = await findPayload(asked, choice.payload, {
      places,
      arch: ARCHITECTURES[arch],
      run: env.run,
      allFormats: choice.formats === 'all',
      doors: payloadDoors(env),
    });
    const image = await withPackageSources(payload?.image ?? asked, {
      places,
      arch: ARCHITECTURES[arch],
      run: env.run,
    });
    const request = inputRequest(image, ARCHITECTURES[arch]);
    const hosts = [...new Set([...PINNED_HOSTS, options.host])];
    const inputs = await newestInputs(request, {
      ...options,
      more: image.more,
      resolved,
      apts,
      hosts,
      anew: true,
    });
    pinned.push(await pin(lockOf(workspace, {own, image}, chosen), request, inputs));
  }
  return pinned;
}

async function pin(path: string, request: InputRequest, inputs: ImageInputs): Promise<Pinned> {
  // A lock that cannot be read is what this is for.
  const before = await loadLock(path, request).catch(() => 'missing' as const);
  await writeLock(path, request, inputs);
  return {
    path,
    packages: allPins(inputs).length,
    changes: typeof before === 'object' ? changedPackages(before, inputs) : [],
  };
}

/** Every package of a lock once. */
function allPins({hosts, ...target}: ImageInputs): PackagePin[] {
  const ofHosts: PackagePin[] = Object.values(hosts).flatMap((host) => Object.values({...host}).flat());
  const all = [...Object.values(target).flat(), ...ofHosts];
  return [...new Map(all.map((pin) => [pin.sha256, pin])).values()];
}

/** What a reviewer wants to read of two locks: `busybox-static 1.37.0-6 -> 1.37.0-7`. */
export function changedPackages(before: ImageInputs, after: ImageInputs): string[] {
  const versions = (inputs: ImageInputs) =>
    new Map(allPins(inputs).map(({name, version}) => [name, version]));
  const [old, fresh] = [versions(before), versions(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .sort()
    .filter((name) => old.get(name) !== fresh.get(name))
    .map((name) => `${name} ${old.get(name) ?? '(new)'} -> ${fresh.get(name) ?? '(gone)'}`);
}
