import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Run} from '../system/run.ts';
import {createSparse} from '../system/sparse.ts';

/** Instance data for one guest. */
export interface Seed {
  readonly instanceId: string;
  readonly hostname: string;
  readonly publicKeys: readonly string[];
  readonly userData?: string | undefined;
}

const SEED_BYTES = 1024 * 1024;

/** The text of NoCloud's meta-data. JSON is YAML, and leaves no doubt about quotes. */
export function formatMetaData({instanceId, hostname, publicKeys}: Seed): string {
  return `${JSON.stringify({'instance-id': instanceId, 'local-hostname': hostname, 'public-keys': publicKeys}, null, 1)}\n`;
}

/** Writes a NoCloud seed into a folder, as a FAT labelled CIDATA, and gives its path. `run` knows mkfs.vfat and mcopy. */
export async function writeSeed(folder: string, seed: Seed, run: Run): Promise<string> {
  await mkdir(folder, {recursive: true});
  const image = join(folder, 'seed.img');
  const files = {'meta-data': formatMetaData(seed), 'user-data': seed.userData ?? ''};
  await createSparse(image, SEED_BYTES);
  await run(['mkfs.vfat', '-n', 'CIDATA', image]);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await run(['mcopy', '-o', '-i', image, join(folder, name), `::${name}`]);
  }
  return image;
}
