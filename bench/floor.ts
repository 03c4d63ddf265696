import {cp, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ReadyImage} from '../src/build/ready-image.ts';
import {diskLayout, partition, SECTOR_BYTES} from '../src/formats/disk-layout.ts';
import {encodeCpio} from '../src/formats/cpio.ts';
import {directory, file} from '../src/formats/file-tree.ts';
import {compile, COMPILERS} from '../src/stages/boot/programs.ts';
import {writeQcow2} from '../src/stages/format/qcow2.ts';
import {piecesOf} from '../src/system/sparse.ts';
import {runWithTools, toolCommand} from '../src/system/tools-tree.ts';
import {context} from './lab.ts';

/**
 * A program that switches the machine off, made as the guest's own are: by the compiler of the image's plan, which its build left
 * in the store.
 */
async function powerOffProgram({built: {prepared}, folder, run}: ReadyImage): Promise<Buffer> {
  const {arch, host} = prepared.request;
  const tree = prepared.plan.steps.find(({stage}) => stage.name === 'programs')?.tools;
  if (tree === undefined) throw new Error('the plan makes no programs');
  const command = toolCommand(prepared.store.path(tree), host);
  const home = context.workspace.home.path;
  const path = join(folder, 'power-off');
  await cp(join(home, 'bench/power-off.c'), `${path}.c`);
  await compile(
    path,
    {target: arch.gnu, processors: [...arch.processors, '-I', join(home, 'init-scripts/native')]},
    runWithTools(run, {tools: COMPILERS, command, env: {}}),
  );
  return readFile(path);
}

/**
 * The floor of a boot: the same kernel, firmware and bootloader, and an init that switches the machine off at once. Writes
 * the floor's initramfs and a disk that differs from the image's in nothing else.
 */
export async function writeFloor(guest: ReadyImage): Promise<{initramfs: string; disk: string}> {
  const {folder, run, image, built} = guest;
  const {request} = built.prepared;
  const initramfs = join(folder, 'floor-initramfs');
  await writeFile(
    initramfs,
    encodeCpio(
      new Map([
        ['dev', directory()],
        ['init', file(await powerOffProgram(guest), 0o755)],
      ]),
      0,
    ),
  );
  const layout = diskLayout(request.image.disk, {arch: request.arch.name, seed: ''});
  const espStartBytes = partition(layout, 'ESP').startLba * SECTOR_BYTES;
  const raw = join(folder, 'floor.raw');
  await run(['qemu-img', 'convert', '-O', 'raw', image.disk.path, raw]);
  await run(['mcopy', '-o', '-i', `${raw}@@${espStartBytes}`, initramfs, '::/A/initramfs']);
  const floorDisk = join(folder, 'floor.qcow2');
  const {size} = await stat(raw);
  await writeQcow2(floorDisk, piecesOf(raw, run), {bytes: size, run});
  return {initramfs, disk: floorDisk};
}
