import {createHash, randomBytes} from 'node:crypto';
import {copyFileSync, createReadStream, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {directory, file, symlink} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import type {ImageFormat} from '../../src/stages/format/image-format.ts';
import {FORMAT_NAMES, imageFormatOf} from '../../src/stages/format/image-formats.ts';
import {run, type Run} from '../../src/system/run.ts';
import {runWithTools, toolCommand, toolEnvironment} from '../../src/system/tools-tree.ts';
import {artifactFolder, buildWith, CHECKOUT, lastArtifactFolder} from '../support/built-image.ts';
import {runFolder, temporary} from '../support/temporary.ts';

const MIB = 2 ** 20;
const EPOCH = 7;
const SMALL = {
  ...{image: 'small', version: '1.2.3', arch: 'x86_64', seed: 'small', user: 'me', bios: true},
  sizes: {espBytes: MIB, usrBytes: MIB, stateBytes: MIB},
  commandLine: {disk: '', ram: ''},
};

interface Round {
  /** What was made, by the names of formats: each in a folder of its own. */
  readonly folders: Map<string, string>;
}

/** The parts of a small image: a kernel and bootloaders are real, for what is made of them reads them. */
const parts = temporary();
const first: Round = {folders: new Map()};
let tools: Run;

beforeAll(async () => {
  const built = buildWith(['--format', 'iso,unified', '--out', temporary()]);
  const names = [...new Set(FORMAT_NAMES.flatMap((name) => imageFormatOf(name).stage.tools))];
  tools = runWithTools(run, {
    tools: names,
    command: toolCommand(lastArtifactFolder('tools-tree', built), hostArchitecture()),
    env: toolEnvironment(lastArtifactFolder('tools-tree', built), hostArchitecture(), EPOCH),
  });
  for (const stage of ['debian-kernel', 'grub', 'grub-cd', 'efi-stub']) {
    const folder = artifactFolder(stage, built);
    for (const entry of readdirSync(folder, {withFileTypes: true}))
      if (entry.isFile()) copyFileSync(join(folder, entry.name), join(parts, entry.name));
  }
  for (const name of ['esp.img', 'usr.img', 'state.img', 'initramfs'])
    writeFileSync(join(parts, name), randomBytes(MIB / 2));
  const root = new Map([
    ['usr/bin/sh', file('a shell', 0o755)],
    ['bin', symlink('usr/bin')],
    ['home/me', {...directory(0o750), uid: 1000, gid: 1000}],
  ]);
  writeFileSync(join(parts, 'rootfs.tar.gz'), gzipSync(await encodeTar(root, EPOCH)));
  // All of them before any is made again: what depends on the time has another one by then.
  for (const name of FORMAT_NAMES) await made(imageFormatOf(name), first);
  vi.setSystemTime(Date.now() + 100_000);
});
afterAll(() => {
  vi.useRealTimers();
});

/** Makes a format, and what it is made of where the round has not made that yet. */
async function made(format: ImageFormat, round: Round): Promise<string> {
  const known = round.folders.get(format.name);
  if (known !== undefined) return known;
  const inputs: Record<string, string> = {};
  for (const [input, part] of Object.entries(format.parts))
    inputs[input] = typeof part === 'string' ? parts : await made(part, round);
  const texts = Object.entries(format.templates ?? {}).map(([name, path]): [string, string] => [
    name,
    readFileSync(join(CHECKOUT, 'src/stages/format', path), 'utf8'),
  ]);
  const out = mkdtempSync(join(runFolder(), 'format-')); // the next test takes it too
  const options = {...SMALL, templates: Object.fromEntries(texts)};
  await format.stage.build({run: tools, out, epoch: EPOCH, options, inputs} as never);
  round.folders.set(format.name, out);
  return out;
}

async function digests(folder: string): Promise<Record<string, string>> {
  const entries = readdirSync(folder).map(async (name): Promise<[string, string]> => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, name)), hash);
    return [name, hash.digest('hex')];
  });
  return Object.fromEntries(await Promise.all(entries));
}

const second: Round = {folders: new Map()};

test.each(FORMAT_NAMES)(
  '%s is the same bytes in two folders at two times, and leaves nothing else there',
  async (name) => {
    const format = imageFormatOf(name);
    const before = await digests(await made(format, first));
    expect(Object.keys(before).sort()).toEqual(Object.values(format.files).sort());
    expect(await digests(await made(format, second))).toEqual(before);
  },
);
