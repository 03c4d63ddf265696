import {mkdir} from 'node:fs/promises';
import type {ImageDefinition} from '../config/image.ts';
import type {Places} from '../config/places.ts';
import type {FetchFile} from '../system/fetch.ts';
import {fetchFiles} from '../system/fetch.ts';
import {mirrors} from '../system/apt.ts';
import {PlainNames} from '../system/plain-names.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';
import type {BuildEnvironment} from './environment.ts';
import {packageAddresses} from './package-sources.ts';
import {debianSources} from './workspace.ts';

/** What reads packages outside of a stage: a folder for the while, and what fetches those that are not on this machine. */
export interface PackageReading {
  readonly run: Run;
  readonly out: string;
  readonly fetch: FetchFile;
}

/** Hands what reads an image's packages to `use`, and removes the folder behind it. */
export async function readingPackages<T>(
  image: ImageDefinition,
  places: Places,
  {workspace, environment, run, report}: BuildEnvironment,
  use: (reading: PackageReading) => Promise<T>,
): Promise<T> {
  const {downloads, resolved} = workspace.cache;
  await mkdir(resolved, {recursive: true});
  await mkdir(downloads, {recursive: true});
  await using temporary = await temporaryFolder(resolved);
  using names = new PlainNames();
  const debian = debianSources({suite: '', archives: image.archives}, workspace, environment);
  return await use({
    run,
    out: names.of(temporary.path),
    fetch: (pins) =>
      fetchFiles(pins, {
        folder: names.of(downloads),
        run,
        mirrors: {...mirrors(debian), ...packageAddresses(image, places)},
        onProgress: (text) => report({type: 'note', text}),
      }),
  });
}
