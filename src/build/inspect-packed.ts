import {open, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {formatSize} from '../core/size.ts';
import {isElf} from '../formats/elf.ts';
import {payloadFacts, recognisePayload} from '../formats/payload/payload.ts';
import {RECOGNISE_BYTES, recognise, type Recognised} from '../formats/recognise.ts';
import {readStart} from '../system/regular-file.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';
import {containerPayload, readContainers} from './read-container.ts';

/** What unpacks to standard output, by the kind of what is packed. */
const UNPACKERS: Readonly<Record<string, string>> = {
  gzip: 'gzip',
  xz: 'xz',
  'zstd (an initramfs, where it comes with a kernel)': 'zstd',
};

interface Archive {
  readonly kind: string;
  readonly has: readonly RegExp[];
  /** The disk in it. */
  readonly disk?: RegExp;
  /** Whether it may be a container image, which can be a payload. */
  readonly isContainer?: true;
}

/** Archives by what is in them: the first that fits counts. */
const ARCHIVES: readonly Archive[] = [
  {
    kind: 'Vagrant box for VirtualBox',
    has: [/^(\.\/)?metadata\.json$/, /^(\.\/)?box\.ovf$/],
    disk: /\.vmdk$/,
  },
  {
    kind: 'Vagrant box for libvirt',
    has: [/^(\.\/)?metadata\.json$/, /^(\.\/)?box\.img$/],
    disk: /^(\.\/)?box\.img$/,
  },
  {kind: 'OVA: an appliance', has: [/^[^/]+\.ovf$/, /\.vmdk$/], disk: /\.vmdk$/},
  {kind: 'image for Google Compute Engine', has: [/^disk\.raw$/], disk: /^disk\.raw$/},
  {kind: 'container image (OCI archive)', has: [/^(\.\/)?oci-layout$/], isContainer: true},
];

/** What is packed may be without end. */
const PATIENCE_MS = 10 * 60_000;
/** Most that is unpacked of a payload. */
const UNPACKED_BYTES = 64 * 2 ** 20;
/** More of a disk is not unpacked to look at it. */
const MOST_DISK_BYTES = 2 * 2 ** 30;
/** Most names that are told of an archive. */
const MOST_NAMES = 20;

export interface Doors {
  /** Has tar, dd, and what unpacks. */
  readonly run: Run;
  /** Says what is on a disk. */
  readonly look: (disk: string) => Promise<Recognised['facts']>;
}

/** What is in a compressed file or a tar, and on the disk in it; `undefined` where it is neither. */
export async function lookThrough(
  path: string,
  found: Recognised,
  doors: Doors,
): Promise<Recognised | undefined> {
  if (found.kind === 'tar') return archive(path, undefined, doors);
  const program = UNPACKERS[found.kind];
  if (program === undefined) return undefined;
  const start = await unpackedStart(path, program, RECOGNISE_BYTES, doors.run);
  const inner = isElf(start)
    ? (recognisePayload(await unpackedStart(path, program, UNPACKED_BYTES, doors.run)) ?? recognise(start))
    : recognise(start);
  if (inner?.kind === 'tar') return archive(path, program, doors);
  // What has no start of its own, as an initramfs behind its kernel's, stays what it was.
  if (inner === undefined) return undefined;
  const disk = inner.kind.includes('disk') ? await onDisk([program, '-dc'], path, doors) : {};
  return {kind: `${inner.kind}, compressed by ${program}`, facts: {...inner.facts, ...disk}};
}

/** What is on the disk that a command makes of a file: a copy in which zeros take no room. */
async function onDisk(
  [program, ...words]: readonly [string, ...string[]],
  path: string,
  {run, look}: Doors,
): Promise<Recognised['facts']> {
  await using folder = await temporaryFolder(tmpdir());
  const disk = join(folder.path, 'disk');
  const script = `most=$1 disk=$2; shift 2; "$@" 2>/dev/null | head -c "$most" | dd of="$disk" bs=64k iflag=fullblock conv=sparse status=none`;
  await run(['sh', '-c', script, 'sh', String(MOST_DISK_BYTES + 1), disk, program, ...words], {
    inputFile: path,
    timeoutMs: PATIENCE_MS,
  });
  return (await stat(disk)).size > MOST_DISK_BYTES
    ? {'not read': `unpacked, the disk is larger than ${formatSize(MOST_DISK_BYTES)}`}
    : await look(disk); // while it is there
}

/** At most so much of what a program unpacks of a file. */
export async function unpackedStart(path: string, program: string, most: number, run: Run): Promise<Buffer> {
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

async function archive(path: string, program: string | undefined, doors: Doors): Promise<Recognised> {
  const names = (await doors.run(['tar', '-tf', path], {timeoutMs: PATIENCE_MS}))
    .split('\n')
    .filter((name) => name !== '');
  const fits = ({has}: {has: readonly RegExp[]}) =>
    has.every((wanted) => names.some((name) => wanted.test(name)));
  const {kind, disk: pattern, isContainer}: Archive = ARCHIVES.find(fits) ?? {kind: 'tar', has: []};
  const disk = names.find((name) => pattern?.test(name) === true);
  const more = names.length > MOST_NAMES ? [`… ${names.length - MOST_NAMES} more`] : [];
  return {
    kind: `${kind}${program === undefined ? '' : `, compressed by ${program}`}`,
    facts: {
      files: names.length,
      contents: [...names.slice(0, MOST_NAMES), ...more],
      ...(disk === undefined ? {} : await onDisk(['tar', '-xOf', path, '--', disk], path, doors)),
      ...(isContainer === true ? await asContainer(path, program, doors) : {}),
    },
  };
}

/** What a container image runs, and which modes it has as a payload; nothing where it holds none for Linux. */
async function asContainer(
  path: string,
  program: string | undefined,
  {run}: Doors,
): Promise<Recognised['facts']> {
  const most = UNPACKED_BYTES + 1;
  const bytes =
    program === undefined ? await readStart(path, most) : await unpackedStart(path, program, most, run);
  if (bytes.length === most)
    return {
      'not read': `it has more than ${formatSize(UNPACKED_BYTES)}; \`leanos build --payload\` reads it`,
    };
  const containers = await readContainers(bytes);
  return containers.length === 0
    ? {}
    : {
        runs: containers.map(({architecture, entrypoint, command}) =>
          [`${architecture}:`, ...entrypoint, ...command].join(' '),
        ),
        ...payloadFacts(containerPayload(containers)),
      };
}
