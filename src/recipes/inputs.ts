import type {Architecture} from '../core/architecture.ts';
import type {Apt, PackagePin} from '../system/apt.ts';
import type {AptPool} from '../system/apt-pool.ts';
import type {MoreSources} from '../system/more-sources.ts';
import {reachable} from './needed-packages.ts';
import {forScriptsAlone, type InputRequest} from './input-request.ts';

/** What an image takes from outside, by bytes. */
export interface ImageInputs {
  readonly userland: readonly PackagePin[];
  /** What a sandbox has beside them. */
  readonly sandbox: readonly PackagePin[];
  readonly initramfs: readonly PackagePin[];
  readonly kernel: readonly PackagePin[];
  readonly boot: readonly PackagePin[];
  readonly efiStub: readonly PackagePin[];
  readonly sysroot: readonly PackagePin[];
  /** The C library that the programs of a userland by Buildroot share. */
  readonly libc: readonly PackagePin[];
  /** Xen and the tools of its dom0, where it starts the image. */
  readonly hypervisor: readonly PackagePin[];
  /** By Debian's name of the host's architecture. */
  readonly hosts: Readonly<Record<string, HostInputs>>;
}

/** What runs on hosts of one architecture, by bytes. */
export interface HostInputs {
  readonly tools: readonly PackagePin[];
  readonly discTools: readonly PackagePin[];
  readonly compiler: readonly PackagePin[];
  readonly toolchain: readonly PackagePin[];
  /** The Python of the image's release, where the image has it: it compiles the modules. */
  readonly python: readonly PackagePin[];
  /** What runs programs of other architectures, where an image may need a sandbox. */
  readonly emulator: readonly PackagePin[];
}

/** What a lean dom0 needs of the packages that Xen's tools depend on: see stages/payload/hypervisor.ts. */
const HYPERVISOR_PARTS =
  /^(libxen.*|xen-hypervisor-.*|xen-utils-\d.*|xenstore-utils|lib(c6|gcc-s1|lzma5|uuid1|yajl2|zstd1)|zlib1g)$/;

/** The package that has the interpreter: modules that are compiled are for one release of Python alone. */
const PYTHON = /^python3\.\d+-minimal$/;

/** What the interpreter is called where it runs on the host. */
export const PYTHON_TOOLS = ['python3'];

/** The package of QEMU's user emulators, which are static. */
const EMULATOR = ['qemu-user'];

/** The pins of the tools that run on the host of a build. */
export function hostInputs({
  host,
  inputs,
}: {
  readonly host: Architecture;
  readonly inputs: Pick<ImageInputs, 'hosts'>;
}): HostInputs {
  const found = inputs.hosts[host.debian];
  if (found === undefined) throw new Error(`no tools are pinned for a host of ${host.debian}`);
  return found;
}

/** Asks apt for the newest packages that fulfil a request, for hosts of these architectures (Debian's names). */
export async function resolveInputs(
  request: InputRequest,
  hosts: readonly string[],
  {apts, more}: {readonly apts: AptPool; readonly more?: MoreSources | undefined},
): Promise<ImageInputs> {
  const apt = await apts.of(request.suite, request.architecture, more);
  const kernel = await apt.dependency(request.kernel, /^linux-(image|source)-\d/);
  const closure = await resolved(apt, request.userland, 'closure');
  const userland = await neededPackages(apt, closure, request);
  return {
    userland,
    sandbox: await sandboxPackages(apt, request, userland),
    initramfs: await resolved(apt, request.initramfs, 'alone'),
    kernel: await resolved(apt, [kernel], 'alone'),
    boot: await resolved(apt, request.boot, 'alone'),
    efiStub: await resolved(apt, request.efiStub, 'alone'),
    sysroot: await resolved(apt, request.sysroot, 'alone'),
    libc: await resolved(apt, request.libc ?? [], 'alone'),
    hypervisor: request.hypervisor === undefined ? [] : await resolveHypervisor(apt, request.hypervisor),
    hosts: await resolveHosts(request, hosts, {apts, python: hasPython(userland)}),
  };
}

/**
 * The packages of a closure that a guest needs. What packages depend on for their scripts alone is left out, with what only these
 * depend on; what the definition itself names is taken.
 */
async function neededPackages(
  apt: Apt,
  closure: readonly PackagePin[],
  request: InputRequest,
): Promise<PackagePin[]> {
  const needed = reachable(request.userland, await apt.relations(closure), forScriptsAlone(request));
  return closure.filter(({name}) => needed.has(name));
}

/** What a whole Debian has beside the packages of a userland. */
async function sandboxPackages(
  apt: Apt,
  {userland, sandbox = []}: InputRequest,
  taken: readonly PackagePin[],
): Promise<PackagePin[]> {
  if (sandbox.length === 0) return [];
  const names = new Set(taken.map(({name}) => name));
  const whole = await resolved(apt, [...userland, ...sandbox], 'closure');
  return whole.filter(({name}) => !names.has(name));
}

/** Xen and its tools without what starts them on a Debian: Python, udev, systemd. */
async function resolveHypervisor(apt: Apt, system: string): Promise<PackagePin[]> {
  const xen = await apt.dependency(system, /^xen-hypervisor-\d/);
  const tools = await apt.dependency(system, /^xen-utils-\d/);
  const closure = await apt.resolve({packages: [xen, tools, 'xenstore-utils'], depth: 'closure'});
  return closure.filter(({name}) => HYPERVISOR_PARTS.test(name));
}

/** Whether packages bring modules that the host's Python is to compile. */
export function hasPython(packages: readonly PackagePin[]): boolean {
  return packages.some(({name}) => PYTHON.test(name));
}

/** Asks apt for the newest packages of hosts. */
async function resolveHosts(
  {suite: own, sandbox, host: {suite, ...request}}: InputRequest,
  hosts: readonly string[],
  {apts, python}: {readonly apts: AptPool; readonly python: boolean},
): Promise<Record<string, HostInputs>> {
  const found: Record<string, HostInputs> = {};
  for (const architecture of hosts) {
    const apt = await apts.of(suite, architecture);
    found[architecture] = {
      tools: await resolved(apt, request.tools, 'closure'),
      discTools: await resolved(apt, request.discTools, 'closure'),
      compiler: await resolved(apt, request.compiler, 'closure'),
      toolchain: await resolved(apt, request.toolchain, 'closure'),
      python: python ? await resolved(await apts.of(own, architecture), ['python3-minimal'], 'closure') : [],
      emulator: await resolved(apt, sandbox === undefined ? [] : EMULATOR, 'alone'),
    };
  }
  return found;
}

async function resolved(
  apt: Apt,
  packages: readonly string[],
  depth: 'closure' | 'alone',
): Promise<PackagePin[]> {
  return packages.length === 0 ? [] : apt.resolve({packages, depth});
}
