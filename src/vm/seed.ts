import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Run} from '../system/run.ts';
import {createSparse} from '../system/sparse.ts';
import type {SeedFolder} from './machine-spec.ts';

/** Instance data for one guest. */
export interface Seed {
  readonly instanceId: string;
  readonly hostname: string;
  readonly publicKeys: readonly string[];
  readonly userData?: string | undefined;
  /** Without it each card asks DHCP. */
  readonly networkConfig?: string | undefined;
}

const SEED_BYTES = 1024 * 1024;

/** The text of NoCloud's meta-data: YAML in block style, its values as JSON has them, which leaves no doubt about quotes. */
export function formatMetaData({instanceId, hostname, publicKeys}: Seed): string {
  const lines = [
    `instance-id: ${JSON.stringify(instanceId)}`,
    `local-hostname: ${JSON.stringify(hostname)}`,
    publicKeys.length === 0 ? 'public-keys: []' : 'public-keys:',
    ...publicKeys.map((key) => `  - ${JSON.stringify(key)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Writes a seed as a FAT into a folder, and gives its path: `files` by their paths. `run` knows mkfs.vfat and mcopy. */
export async function writeFatSeed(
  folder: string,
  {label, files}: {readonly label: string; readonly files: Readonly<Record<string, string>>},
  run: Run,
): Promise<string> {
  await mkdir(folder, {recursive: true});
  const image = join(folder, 'seed.img');
  await createSparse(image, SEED_BYTES);
  await run(['mkfs.vfat', '-n', label, image]);
  const tree = join(folder, 'files');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), {recursive: true});
    await writeFile(join(tree, path), text);
  }
  const names = (await readdir(tree)).map((name) => join(tree, name));
  await run(['mcopy', '-s', '-o', '-i', image, ...names, '::']);
  return image;
}

/** The files of a NoCloud seed by their names. */
function seedFiles(seed: Seed): Readonly<Record<string, string>> {
  const {userData = '', networkConfig} = seed;
  return {
    'meta-data': formatMetaData(seed),
    'user-data': userData,
    ...(networkConfig === undefined ? {} : {'network-config': networkConfig}),
  };
}

/** Writes a NoCloud seed as files into a folder, which QEMU shows as a FAT: that needs no tools. */
export async function writeSeedFolder(folder: string, seed: Seed): Promise<SeedFolder> {
  await mkdir(folder, {recursive: true});
  for (const [name, text] of Object.entries(seedFiles(seed))) await writeFile(join(folder, name), text);
  return {folder, label: 'CIDATA'};
}

/** Writes a NoCloud seed into a folder, as a FAT labelled CIDATA, and gives its path. `run` knows mkfs.vfat and mcopy. */
export async function writeSeed(folder: string, seed: Seed, run: Run): Promise<string> {
  return writeFatSeed(folder, {label: 'CIDATA', files: seedFiles(seed)}, run);
}
