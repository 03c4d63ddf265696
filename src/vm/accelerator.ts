import {access, constants, mkdir, readFile, rename, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import type {ArchitectureRow} from '../core/architecture-row.ts';
import {LeanosError} from '../core/error.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';
import {qemuProgram} from './qemu-args.ts';
import type {Accelerator} from './machine-spec.ts';

const PROBE_MS = 2000;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

interface Probe {
  readonly program: Buffer;
  readonly args: (file: string) => readonly string[];
  /** QEMU's exit status when the program ran. */
  readonly status: number;
}

/** A boot sector that writes 1 to the port of isa-debug-exit, which ends QEMU with status (1 << 1) | 1. */
const BOOT_SECTOR = Buffer.alloc(512);
BOOT_SECTOR.set([0xb0, 0x01, 0xe6, 0xf4, 0xeb, 0xfe]); // mov al,1; out 0xf4,al; jmp $
BOOT_SECTOR.set([0x55, 0xaa], 510);

const X86: Probe = {
  program: BOOT_SECTOR,
  args: (file) => [
    ...['-machine', 'pc', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
    ...['-drive', `if=ide,format=raw,readonly=on,snapshot=on,file=${file}`],
  ],
  status: 3,
};

/** Four instructions that ask PSCI for SYSTEM_OFF (0x84000008). */
const ARM64: Probe = {
  program: Buffer.from('000180520080b072020000d400000014', 'hex'),
  args: (file) => ['-machine', 'virt', '-kernel', file],
  status: 0,
};

const PROBES: Readonly<Record<NonNullable<ArchitectureRow['kvm']>['probe'], Probe>> = {
  'boot sector': X86,
  'psci call': ARM64,
};

export interface AcceleratorOptions {
  readonly arch: ArchitectureName;
  readonly host: ArchitectureName;
  /** Where the answer is remembered, for this boot of the machine. */
  readonly memory: string;
  /** What the user insists on (`LEANOS_ACCEL`). */
  readonly wish: string | undefined;
  readonly run: Run;
  /** KVM's device, where it is not /dev/kvm. */
  readonly device?: string;
}

/**
 * KVM where it works, else TCG. That /dev/kvm opens proves nothing (there are hosts where a guest then hangs), so a
 * program of a few bytes must run in it within two seconds.
 * @throws LeanosError USAGE for a wish that is neither `kvm` nor `tcg`
 */
export async function findAccelerator(options: AcceleratorOptions): Promise<Accelerator> {
  const {arch, host, memory, wish, run, device = '/dev/kvm'} = options;
  if (wish === 'kvm' || wish === 'tcg') return wish;
  if (wish !== undefined && wish !== '')
    throw new LeanosError('USAGE', `LEANOS_ACCEL is "${wish}"; kvm or tcg is needed`);
  const {kvm} = ARCHITECTURES[arch];
  if (kvm?.hosts.includes(ARCHITECTURES[host].node) !== true) return 'tcg';
  const machine = await thisMachine(device);
  const known = await readFile(memory, 'utf8').catch(() => '');
  if (known.startsWith(`${machine} `)) return known.trim().endsWith(' kvm') ? 'kvm' : 'tcg';
  const found = (await runsInKvm(arch, PROBES[kvm.probe], {folder: dirname(memory), run, device}))
    ? 'kvm'
    : 'tcg';
  await mkdir(dirname(memory), {recursive: true});
  await writeFile(`${memory}.${process.pid}`, `${machine} ${found}\n`);
  await rename(`${memory}.${process.pid}`, memory);
  return found;
}

/** What the answer is good for: this boot, this user, and KVM's device as it is. */
async function thisMachine(path: string): Promise<string> {
  const boot = await readFile(BOOT_ID, 'utf8').catch(() => 'unknown');
  const device = await stat(path).catch(() => undefined);
  return `${boot.trim()}-${device === undefined ? 'none' : String(device.mode)}-${String(process.getuid?.())}`;
}

/** Why machines are emulated, and what would help; undefined where KVM runs them. */
export async function whyEmulated(
  options: AcceleratorOptions,
): Promise<{why: string; help: string} | undefined> {
  if ((await findAccelerator({...options, wish: undefined})) === 'kvm') return undefined;
  const {arch, host, device = '/dev/kvm'} = options;
  if (ARCHITECTURES[arch].kvm?.hosts.includes(ARCHITECTURES[host].node) !== true)
    return {
      why: `KVM of this host, which is ${host}, does not run ${arch}`,
      help: `a host that is ${arch} itself`,
    };
  if ((await stat(device).catch(() => undefined)) === undefined)
    return {
      why: `this host has no ${device}`,
      help: 'virtualization switched on in its firmware, or nested virtualization where it is a virtual machine itself',
    };
  const opens = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!opens)
    return {
      why: `${device} is not for this user`,
      help: 'sudo usermod --append --groups kvm $USER, and a new login',
    };
  return {
    why: `${device} opens, but no program comes to its end in it`,
    help: 'nested virtualization of the host that this one runs on',
  };
}

async function runsInKvm(
  arch: ArchitectureName,
  {program, args, status}: Probe,
  {folder, run, device}: {folder: string; run: Run; device: string},
): Promise<boolean> {
  if ((await stat(device).catch(() => undefined)) === undefined) return false;
  await mkdir(folder, {recursive: true});
  await using temporary = await temporaryFolder(folder);
  const file = join(temporary.path, 'probe');
  await writeFile(file, program);
  const argv = [
    qemuProgram(arch),
    '-accel',
    'kvm',
    '-cpu',
    'host',
    '-m',
    '16',
    '-nodefaults',
    '-display',
    'none',
  ] as const;
  try {
    await run([...argv, ...args(file)], {timeoutMs: PROBE_MS});
    return status === 0;
  } catch (error) {
    return error instanceof LeanosError && error.message.startsWith(`exit status ${status}\n`);
  }
}
