import {open} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {isElf} from '../formats/elf.ts';
import {recognisePayload} from '../formats/payload/payload.ts';
import {RECOGNISE_BYTES, recognise, type Recognised} from '../formats/recognise.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';

/** What unpacks to standard output, by the kind of what is packed. */
const UNPACKERS: Readonly<Record<string, string>> = {
  gzip: 'gzip',
  xz: 'xz',
  'zstd (an initramfs, where it comes with a kernel)': 'zstd',
};

/** Archives by what is in them: the first that fits counts. */
const ARCHIVES: readonly {readonly kind: string; readonly has: readonly RegExp[]}[] = [
  {kind: 'Vagrant box for VirtualBox', has: [/^(\.\/)?metadata\.json$/, /^(\.\/)?box\.ovf$/]},
  {kind: 'Vagrant box for libvirt', has: [/^(\.\/)?metadata\.json$/, /^(\.\/)?box\.img$/]},
  {kind: 'OVA: an appliance', has: [/^[^/]+\.ovf$/, /\.vmdk$/]},
  {kind: 'image for Google Compute Engine', has: [/^disk\.raw$/]},
  {kind: 'OCI layout', has: [/^(\.\/)?oci-layout$/]},
];

/** What is packed may be without end. */
const PATIENCE_MS = 10 * 60_000;
/** Most that is unpacked of a payload. */
const UNPACKED_BYTES = 64 * 2 ** 20;
/** Most names that are told of an archive. */
const MOST_NAMES = 20;

/** What is in a compressed file or a tar; `undefined` where it is neither. `run` has tar and what unpacks. */
export async function lookThrough(
  path: string,
  found: Recognised,
  run: Run,
): Promise<Recognised | undefined> {
  if (found.kind === 'tar') return archive(path, '', run);
  const program = UNPACKERS[found.kind];
  if (program === undefined) return undefined;
  const start = await unpackedStart(path, program, RECOGNISE_BYTES, run);
  const inner = isElf(start)
    ? (recognisePayload(await unpackedStart(path, program, UNPACKED_BYTES, run)) ?? recognise(start))
    : recognise(start);
  if (inner?.kind === 'tar') return archive(path, `, compressed by ${program}`, run);
  // What has no start of its own, as an initramfs behind its kernel's, stays what it was.
  return inner === undefined
    ? undefined
    : {kind: `${inner.kind}, compressed by ${program}`, facts: inner.facts};
}

async function unpackedStart(path: string, program: string, most: number, run: Run): Promise<Buffer> {
  await using folder = await temporaryFolder(tmpdir());
  const start = join(folder.path, 'start');
  // The end of head ends the other: how much is packed does not matter.
  await run(['sh', '-c', `"$0" -dc 2>/dev/null | head -c ${most}`, program], {
    inputFile: path,
    outputFile: start,
    timeoutMs: PATIENCE_MS,
  });
  await using file = await open(start);
  return await file.readFile();
}

async function archive(path: string, how: string, run: Run): Promise<Recognised> {
  const names = (await run(['tar', '-tf', path], {timeoutMs: PATIENCE_MS}))
    .split('\n')
    .filter((name) => name !== '');
  const fits = ({has}: {has: readonly RegExp[]}) =>
    has.every((wanted) => names.some((name) => wanted.test(name)));
  const kind = ARCHIVES.find(fits)?.kind ?? 'tar';
  const more = names.length > MOST_NAMES ? [`… ${names.length - MOST_NAMES} more`] : [];
  return {
    kind: `${kind}${how}`,
    facts: {files: names.length, contents: [...names.slice(0, MOST_NAMES), ...more]},
  };
}
