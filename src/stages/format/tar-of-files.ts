import {createReadStream, createWriteStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {pack, type Pack} from 'tar-stream';

/** A file of an archive: its content, or where that is. */
export type TarFile = {readonly name: string} & ({readonly text: string} | {readonly path: string});

/** Writes a tar of files in their order, all times `epoch` seconds since 1970; what they hold is passed through in pieces. */
export async function writeTarOfFiles(path: string, files: readonly TarFile[], epoch: number): Promise<void> {
  const packer = pack();
  const written = pipeline(packer, createWriteStream(path));
  const filled = (async () => {
    for (const file of files) await addFile(packer, file, new Date(epoch * 1000));
    packer.finalize();
  })();
  await Promise.all([written, filled]);
}

async function addFile(packer: Pack, file: TarFile, mtime: Date): Promise<void> {
  const header = {name: file.name, mode: 0o644, mtime};
  if ('text' in file) {
    packer.entry(header, file.text);
    return;
  }
  const {size} = await stat(file.path);
  await pipeline(createReadStream(file.path), packer.entry({...header, size}));
}
