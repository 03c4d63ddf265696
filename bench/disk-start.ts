import {readFile} from 'node:fs/promises';
import {verityWord, type Verity} from '../src/stages/usr/usr-verity.ts';

interface Manifest {
  readonly verity: Verity;
  readonly commandLine: {readonly disk: string};
}

/** A kernel that is started directly, without firmware and bootloader. */
export interface DirectStart {
  readonly firmware: 'direct';
  readonly kernel: string;
  readonly initramfs: string;
  readonly commandLine: string;
}

/**
 * How an image, whose files these are by their kinds, is started with /usr from its disk: with the root hash on the kernel command line,
 * as its bootloader does, and without it.
 */
export async function diskStart(
  pathOf: (kind: string) => string,
): Promise<{readonly checked: DirectStart; readonly unchecked: DirectStart}> {
  const {verity, commandLine} = JSON.parse(await readFile(pathOf('manifest'), 'utf8')) as Manifest;
  const start = (words: string): DirectStart => ({
    firmware: 'direct',
    kernel: pathOf('kernel'),
    initramfs: pathOf('slot-initramfs'),
    commandLine: words,
  });
  return {
    checked: start(`${commandLine.disk} ${verityWord(verity)}`),
    unchecked: start(commandLine.disk),
  };
}
