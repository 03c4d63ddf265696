import {relative} from 'node:path';
import {pinNewest} from '../../build/pin-newest.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';

/** `leanos lock` */
export async function lockCommand(
  {everyArch = false, ...options}: ImageOptions & {readonly everyArch?: boolean},
  context: Context,
): Promise<void> {
  const choice = await buildChoice(options, context.workspace);
  const pinned = await pinNewest(choice, {everyArch}, context);
  context.quiet();
  for (const {path, packages, changes} of pinned) {
    for (const change of changes) context.print(change);
    context.print(`${relative(process.cwd(), path)}: ${packages} packages pinned`);
  }
}
