import {copyFile, readFile, stat, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {defineStage} from '../../pipeline/stage.ts';

/** Bytes of a block, of data and of hashes: the size of a page, which is what the kernel reads. */
const BLOCK_BYTES = 4096;

/** What the kernel needs to check a /usr image. */
export interface Verity {
  /** 64 hexadecimal digits. */
  readonly rootHash: string;
  /** Blocks of 4096 bytes before the hash tree, which follows at once. */
  readonly dataBlocks: number;
}

/** /usr with its dm-verity hash tree behind it, `usr.img`, and `verity.json`: what the slot's command line has to say. */
export const usrVerity = defineStage<Record<string, never>, 'usr'>({
  name: 'usr-verity',
  revision: 1,
  tools: ['veritysetup'],
  inputs: ['usr'],
  async build({inputs, out, run}) {
    const image = join(out, 'usr.img');
    await copyFile(join(inputs.usr, 'usr.img'), image);
    const dataBlocks = Math.ceil((await stat(image)).size / BLOCK_BYTES);
    const dataBytes = dataBlocks * BLOCK_BYTES;
    await truncate(image, dataBytes);
    const said = await run([
      'veritysetup',
      'format',
      '--no-superblock',
      '--salt=-',
      '--hash=sha256',
      `--data-block-size=${BLOCK_BYTES}`,
      `--hash-block-size=${BLOCK_BYTES}`,
      `--data-blocks=${dataBlocks}`,
      `--hash-offset=${dataBytes}`,
      image,
      image,
    ]);
    const rootHash = /^Root hash:\s+([0-9a-f]{64})$/m.exec(said)?.[1];
    if (rootHash === undefined)
      throw new LeanosError('COMMAND_FAILED', `veritysetup gave no root hash:\n${said}`);
    await writeFile(join(out, 'verity.json'), `${JSON.stringify({rootHash, dataBlocks} satisfies Verity)}\n`);
  },
});

/** What `usr-verity` left, where a /usr image has it. */
export async function readVerity(artifact: string): Promise<Verity | undefined> {
  const text = await readFile(join(artifact, 'verity.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Verity);
}

/** The word of the kernel command line that has the initramfs check /usr. */
export function verityWord({rootHash, dataBlocks}: Verity): string {
  return `leanos.verity=${rootHash}:${dataBlocks}`;
}
