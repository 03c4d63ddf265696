import {closeSync, openSync, readSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {SECTOR_BYTES, type PartitionLabel} from '../formats/disk-layout.ts';
import {LeanosError} from '../core/error.ts';
import {readExt4File, type ReadAt} from '../formats/ext4.ts';
import {readFat16File} from '../formats/fat.ts';
import {FILESYSTEM_BYTES, filesystemKind} from '../formats/filesystem-kind.ts';
import {decodeGpt, type GptPartition} from '../formats/gpt.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';

const MIB = 2 ** 20;
/** Of the start of a disk: what has the partition table. */
const TABLE_BYTES = 64 * 1024;
/** More of a system partition or of a state is not looked through. */
const MOST_BYTES = 512 * MIB;
const MOST_LOOKED_AT = 64 * MIB;
/** Of a file or folder there. */
const MOST_FILE_BYTES = MIB;
/** Of os-release, and of the list of packages. */
const MOST_TEXT_BYTES = 64 * 1024;
/** A filesystem that somebody made may lead its reader in circles. */
const PATIENCE_MS = 60_000;
/** What qemu-img copies at once. */
const BLOCK_BYTES = 64 * 1024;

/** A disk, and what QEMU calls its format. */
export interface DiskFile {
  readonly path: string;
  readonly driver: string;
}

export type DiskFacts = Record<string, string | number | readonly string[]>;

/**
 * What is on a disk: its size, its partitions and what they hold; of a disk of leanos the channel, and each slot's version, packages
 * and what its /usr is checked with. `run` has qemu-img, which reads what is not raw, and perhaps unsquashfs, which knows the version.
 */
export async function diskFacts(disk: DiskFile, run: Run): Promise<DiskFacts> {
  await using folder = await scratchFolder();
  const look: Look = {disk, scratch: folder.path, run};
  const {'virtual-size': bytes} = await qemuInfo(disk, run);
  const table = await withPart(look, {at: 0, bytes: TABLE_BYTES}, (read) => decodeGpt(read(0, TABLE_BYTES)));
  const lines: string[] = [];
  for (const partition of table ?? []) lines.push(await partitionLine(look, partition));
  return {
    'virtual bytes': bytes,
    ...(table === undefined ? {} : {partitions: lines}),
    ...(await systemFacts(look, table ?? [])),
  };
}

/** Bytes of a disk. */
interface Part {
  readonly at: number;
  readonly bytes: number;
}

interface Look {
  readonly disk: DiskFile;
  readonly scratch: string;
  readonly run: Run;
}

async function qemuInfo({path, driver}: DiskFile, run: Run): Promise<{'virtual-size': number}> {
  const text = await run(['qemu-img', 'info', '--output=json', '-f', driver, path]);
  return JSON.parse(text) as {'virtual-size': number};
}

async function partitionLine(look: Look, {name, firstLba, lastLba}: GptPartition): Promise<string> {
  const bytes = (lastLba - firstLba + 1) * SECTOR_BYTES;
  const part = {at: firstLba * SECTOR_BYTES, bytes: Math.min(bytes, FILESYSTEM_BYTES)};
  const kind = await withPart(look, part, (read) => filesystemKind(read(0, part.bytes)));
  return `${name} ${bytes / MIB} MiB${kind === undefined ? '' : ` ${kind}`}`;
}

/** What a disk of leanos says of itself. */
async function systemFacts(look: Look, table: readonly GptPartition[]): Promise<DiskFacts> {
  const [esp, state] = [find(table, 'ESP'), find(table, 'STATE')];
  if (esp === undefined) return {};
  if (find(table, 'USR-A') === undefined || state === undefined)
    return await payloadFacts(look, esp).catch(notOurs);
  const facts: DiskFacts = {};
  await withPart(look, esp, (read) => {
    for (const slot of ['A', 'B']) {
      const config = readFat16File(read, `${slot}/SLOT.CFG`)?.toString() ?? '';
      const hash = /leanos\.verity=([0-9a-f]{64})/.exec(config)?.[1];
      if (hash !== undefined) facts[`verity ${slot}`] = hash;
    }
  });
  for (const slot of ['A', 'B'] as const) {
    const {version, packages} = await slotContents(look, find(table, `USR-${slot}`));
    if (version !== undefined) facts[`version ${slot}`] = version;
    if (packages.length > 0) facts[`packages ${slot}`] = packages;
  }
  await withPart(look, state, (read) => {
    const channel = readExt4File(read, 'var/lib/leanos/update/channel', MOST_FILE_BYTES);
    if (channel !== undefined) facts['channel'] = channel.toString().trim();
  });
  return facts;
}

/** Others have partitions of that name too, with a file system of another kind. */
function notOurs(error: unknown): DiskFacts {
  if (error instanceof LeanosError) return {};
  throw error;
}

/** What the slots of a disk without Linux say: stages/boot/payload-esp.ts. */
async function payloadFacts(look: Look, esp: Part): Promise<DiskFacts> {
  return withPart(look, esp, (read) => {
    const facts: DiskFacts = {};
    for (const slot of ['A', 'B']) {
      const text = readFat16File(read, `${slot}/RELEASE`)?.toString() ?? '';
      const version = /^VERSION_ID=([\w.+-]+)$/m.exec(text)?.[1];
      const payload = /^PAYLOAD=([0-9a-f]{64})$/m.exec(text)?.[1];
      if (version !== undefined) facts[`version ${slot}`] = version;
      if (payload !== undefined) facts[`payload ${slot}`] = payload;
    }
    const channel = readFat16File(read, 'GRUB/CHANNEL');
    if (channel !== undefined && facts['version A'] !== undefined)
      facts['channel'] = channel.toString().trim();
    return facts;
  });
}

/** What a /usr says of itself. */
interface SlotContents {
  readonly version?: string | undefined;
  /** Each with its version. */
  readonly packages: readonly string[];
}

/** What a /usr says it is and is made of; nothing of one that is no squashfs, and on hosts without unsquashfs. */
async function slotContents(look: Look, part: Part | undefined): Promise<SlotContents> {
  if (part === undefined) return {packages: []};
  return withCopy(look, part, async ({file, start}) => {
    const text = (path: string): Promise<string> => {
      const script = 'unsquashfs -o "$1" -cat "$2" "$4" 2>/dev/null | head -c "$3"';
      return look.run(['sh', '-c', script, 'sh', String(start), file, String(MOST_TEXT_BYTES), path], {
        timeoutMs: PATIENCE_MS,
      });
    };
    const lines = (await text('lib/leanos/packages')).split('\n');
    return {
      version: /^VERSION_ID="?([\w.+-]+)"?$/m.exec(await text('etc/os-release'))?.[1],
      packages: lines.filter((line) => /^[\w.+-]+ [\w.+:~-]+$/.test(line)),
    };
  });
}

function find(table: readonly GptPartition[], label: PartitionLabel): Part | undefined {
  const found = table.find(({name}) => name === label);
  if (found === undefined) return undefined;
  const bytes = (found.lastLba - found.firstLba + 1) * SECTOR_BYTES;
  return bytes > MOST_BYTES ? undefined : {at: found.firstLba * SECTOR_BYTES, bytes};
}

/** Looks at a part of a disk. */
function withPart<T>(look: Look, part: Part, use: (read: ReadAt) => T): Promise<T> {
  return withCopy(look, part, ({file, start}) => {
    const descriptor = openSync(file, 'r');
    try {
      return use(
        boundedRead(
          part.bytes,
          (data, offset) => void readSync(descriptor, data, 0, data.length, start + offset),
        ),
      );
    } catch (error) {
      if (error instanceof LeanosError) throw error;
      throw new LeanosError('FILE', 'what is on the disk is damaged', {cause: error});
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Where a part of a disk is: of what is not raw, in a copy. */
async function withCopy<T>(
  {disk: {path, driver}, scratch, run}: Look,
  {at, bytes}: Part,
  use: (place: {readonly file: string; readonly start: number}) => T | Promise<T>,
): Promise<T> {
  if (driver === 'raw') return use({file: path, start: at});
  const copy = join(scratch, 'part.raw');
  const skip = Math.floor(at / BLOCK_BYTES);
  const count = Math.ceil((at + bytes) / BLOCK_BYTES) - skip;
  await run([
    ...(['qemu-img', 'dd', '-f', driver, '-O', 'raw', `bs=${BLOCK_BYTES}`] as const),
    ...[`skip=${skip}`, `count=${skip + count}`, `if=${path}`, `of=${copy}`],
  ]);
  return use({file: copy, start: at - skip * BLOCK_BYTES});
}

/** Reads what is inside of `bytes`, and in all no more than `MOST_LOOKED_AT`: who made a disk may have wished for more. */
function boundedRead(bytes: number, fill: (data: Buffer, offset: number) => void): ReadAt {
  let left = MOST_LOOKED_AT;
  return (offset, length) => {
    left -= length;
    const isInside = offset >= 0 && length >= 0 && offset + length <= bytes;
    if (!isInside || left < 0)
      throw new LeanosError('FILE', 'a part of the disk is damaged: it leads out of itself');
    const data = Buffer.alloc(length);
    fill(data, offset);
    return data;
  };
}

async function scratchFolder(): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const parent = join(tmpdir(), 'leanos-inspect');
  await mkdir(parent, {recursive: true});
  return temporaryFolder(parent);
}
