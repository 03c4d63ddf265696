import {relative} from 'node:path';
import {loadImage} from '../../config/load-image.ts';
import {ARCHITECTURES, hostArchitecture} from '../../core/architecture.ts';
import {newestInputs} from '../../recipes/find-inputs.ts';
import {inputRequest, type ImageInputs} from '../../recipes/inputs.ts';
import {loadLock, writeLock} from '../../recipes/lock.ts';
import {lockOf, resolving, withChoice} from '../build-image.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';

/** `leanos lock` */
export async function lockCommand(options: ImageOptions, context: Context): Promise<void> {
  const {checkout} = context.workspace;
  const choice = buildChoice(options);
  const image = withChoice(await loadImage(checkout, choice.image), choice);
  const request = inputRequest(image, ARCHITECTURES[choice.arch], hostArchitecture());
  const path = await lockOf(checkout, choice);
  // A lock that cannot be read is what this command is for.
  const before = await loadLock(path, request).catch(() => 'missing' as const);
  const inputs = await newestInputs(request, {...resolving(image, context), anew: true});
  await writeLock(path, request, inputs);
  const changes = typeof before === 'object' ? changedPackages(before, inputs) : [];
  context.quiet();
  for (const change of changes) context.print(change);
  context.print(`${relative(process.cwd(), path)}: ${Object.values(inputs).flat().length} packages pinned`);
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
