// What shared libraries cost a userland of Buildroot, in bytes and in memory, against the same with static programs.
// LEANOS_BUILDROOT=DIR npm run bench -- linking
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readyImage, type ReadyImage} from '../src/build/ready-image.ts';
import {workspace} from '../src/build/workspace.ts';
import {hostArchitecture} from '../src/core/architecture.ts';
import {prepareMachine} from '../src/vm/boot-image.ts';
import {logIn} from '../src/vm/login.ts';
import {Machine} from '../src/vm/machine.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {context, printTable} from './lab.ts';

const MIB = 2 ** 20;
const MEMORY_MIB = 256;
const TIMEOUT_MS = 300_000;
/** The kernel is Debian's: it is the same in all, and no build of a kernel is waited for. */
const BASE = 'extends: leanos/minimal\nbase: {kernel: debian, userland: buildroot}\n';
const IMAGES: Readonly<Record<string, string>> = {
  static: BASE,
  shared: `${BASE}buildroot: {linking: shared}\n`,
  'shared, with keyutils': `${BASE}buildroot: {linking: shared}\npackages: {buildroot: [keyutils]}\n`,
};

const project = mkdtempSync(join(tmpdir(), 'leanos-bench-'));
process.once('exit', () => rmSync(project, {recursive: true, force: true}));
mkdirSync(join(project, 'images'));
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};

/** What is not available to programs once somebody has logged in. */
async function usedMib({image, accelerator, run, folder, built}: ReadyImage): Promise<number> {
  const boot = {folder: join(folder, 'machine'), firmware: 'bios', memoryMib: MEMORY_MIB} as const;
  const spec = await prepareMachine(image, {...boot, accelerator, run, seed});
  await using machine = await Machine.start(spec);
  const {user} = built.prepared.request.image.login;
  await using session = await logIn(machine, {user, privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
  const {stdout} = await session.exec('cat /proc/meminfo');
  const kib = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(stdout)?.[1]);
  return (kib('MemTotal') - kib('MemAvailable')) / 1024;
}

const rows: string[][] = [];
for (const [index, [name, definition]] of Object.entries(IMAGES).entries()) {
  const image = `linking-${index}`;
  writeFileSync(join(project, 'images', `${image}.yaml`), definition);
  const env = {...context, workspace: workspace(process.env, project)};
  const buildroot = process.env['LEANOS_BUILDROOT'];
  const out = join(project, 'out');
  const arch = hostArchitecture().name;
  await using guest = await readyImage({channel: 'alpha', image, arch, out, buildroot, locked: false}, env);
  const mib = (kind: string): string =>
    ((guest.built.artifacts.find((each) => each.kind === kind)?.bytes ?? Number.NaN) / MIB).toFixed(2);
  rows.push([
    name,
    ...['disk', 'usr', 'slot-initramfs', 'rootfs'].map(mib),
    (await usedMib(guest)).toFixed(1),
  ]);
}
const memory = `in use after a login (of ${MEMORY_MIB})`;
printTable(['MiB', 'disk (qcow2)', '/usr', 'initramfs', 'root filesystem (tar.gz)', memory], rows);
