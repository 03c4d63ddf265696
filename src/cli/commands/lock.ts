import {relative} from 'node:path';
import {pinNewest} from '../../build/pin-newest.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';

/** `leanos lock` */
export async function lockCommand(options: ImageOptions, context: Context): Promise<void> {
  const {path, packages, changes} = await pinNewest(await buildChoice(options, context.workspace), context);
  context.quiet();
  for (const change of changes) context.print(change);
  context.print(`${relative(process.cwd(), path)}: ${packages} packages pinned`);
}
