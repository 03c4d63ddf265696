// How long from QEMU's start to a completed ssh login with a key, against the floor of the same path.
// npm run bench -- boot [--rounds 5] [--path direct|bios|uefi] [--image test]
import {pathRows} from './paths.ts';
import {numberArgument, printTable, testGuest, textArgument} from './lab.ts';

const rounds = numberArgument('--rounds', 5);
const path = textArgument('--path', 'all');
await using guest = await testGuest();
const firmwares = (['direct', 'bios', 'uefi'] as const).filter((name) => path === 'all' || name === path);
printTable(
  [`path (${guest.accelerator}, ${rounds} rounds, medians)`, 'floor', 'ssh login', 'ratio', 'goal'],
  await pathRows(guest, {firmwares, rounds, memoryMib: 256}),
);
