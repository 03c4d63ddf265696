import {open} from 'node:fs/promises';
import {LeanosError} from '../../core/error.ts';
import {formatSize} from '../../core/size.ts';
import {RECOGNISE_BYTES, recognise} from '../../formats/recognise.ts';
import {hashFile} from '../../system/hash-file.ts';
import type {Context} from '../context.ts';

/** `leanos inspect` */
export async function inspectCommand(
  file: string,
  {json = false}: {json?: boolean},
  context: Context,
): Promise<void> {
  const {start, bytes} = await readStart(file);
  const found = recognise(start);
  if (found === undefined) {
    throw new LeanosError(
      'USAGE',
      `${file}: not a disk, a usr image, a kernel, an initramfs, or an archive that leanos knows`,
    );
  }
  const sha256 = await hashFile(file);
  if (json) {
    context.print(JSON.stringify({file, kind: found.kind, bytes, sha256, facts: found.facts}, null, 1));
    return;
  }
  const rows = [
    ['file', file],
    ['kind', found.kind],
    ['size', `${formatSize(bytes)} (${bytes} bytes)`],
    ['sha256', sha256],
  ];
  for (const [name, value] of [...rows, ...Object.entries(found.facts)]) {
    context.print(`${name.padEnd(14)}  ${Array.isArray(value) ? value.join(', ') : String(value)}`);
  }
}

async function readStart(file: string): Promise<{start: Buffer; bytes: number}> {
  try {
    await using handle = await open(file);
    const {size} = await handle.stat();
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(RECOGNISE_BYTES), 0, RECOGNISE_BYTES, 0);
    return {start: buffer.subarray(0, bytesRead), bytes: size};
  } catch (error) {
    throw new LeanosError(
      'USAGE',
      `${file}: cannot be read: ${error instanceof Error ? error.message : ''}`,
      {cause: error},
    );
  }
}
