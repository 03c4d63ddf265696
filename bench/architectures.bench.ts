// What each architecture weighs, and how long it takes to an ssh login, against the floor of the same path.
// npm run bench -- architectures [--rounds 3] [--arch NAME]
import {stat} from 'node:fs/promises';
import {architectureNames, ARCHITECTURES, diskFirmwares} from '../src/core/architecture.ts';
import {numberArgument, printTable, testGuest, textArgument} from './lab.ts';
import {pathRows} from './paths.ts';

const rounds = numberArgument('--rounds', 3);
const asked = textArgument('--arch', 'all');
const rows: string[][] = [];
for (const arch of architectureNames().filter((name) => asked === 'all' || asked === name)) {
  await using guest = await testGuest('test', arch);
  const firmwares = ['direct', ...diskFirmwares(ARCHITECTURES[arch])] as const;
  const {size} = await stat(guest.image.disk.path);
  for (const cells of await pathRows(guest, {firmwares, rounds, memoryMib: 512}))
    rows.push([arch, (size / 2 ** 20).toFixed(2), ...cells]);
}
printTable(
  [`architecture (${rounds} rounds, medians)`, 'qcow2, MiB', 'path', 'floor', 'ssh login', 'ratio', 'goal'],
  rows,
);
