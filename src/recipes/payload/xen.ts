import type {BaseName} from '../../core/base-name.ts';
import {LeanosError} from '../../core/error.ts';
import type {ImageDefinition} from '../../config/image.ts';
import type {Plan, Step} from '../../pipeline/plan.ts';
import {domain, type DomainOptions} from '../../stages/payload/domain.ts';
import {hypervisor} from '../../stages/payload/hypervisor.ts';
import {payloadFile} from '../../stages/payload/payload-file.ts';
import {sourceTree} from '../../stages/source-tree.ts';
import {imageFormatOf} from '../../stages/format/image-formats.ts';
import {planPrograms} from '../guest.ts';
import {planLinux} from '../linux.ts';
import type {Service} from '../services.ts';
import type {ModeRecipe} from './mode-recipe.ts';
import type {PayloadCase, PayloadImageRequest, PayloadRequest} from './payload-request.ts';

const MIB = 2 ** 20;
/** What a unikernel gets where nobody says. */
const MEMORY_MIB = 32;
/**
 * By where dom0's kernel is from, the memory that dom0 gets (Debian's takes half of it itself), and what a machine has beside the
 * payload's. Under Debian's less would do: where QEMU emulates the processor, Xen is far slower in machines of some sizes, as of 512 MiB.
 */
const DOM0: Readonly<Record<BaseName, {readonly ownMib: number; readonly besideMib: number}>> = {
  debian: {ownMib: 160, besideMib: 608},
  buildroot: {ownMib: 72, besideMib: 96},
};
/** Xen, beside the kernel with all drivers, in two slots; and the tools of dom0. */
const MORE_ESP_BYTES = 24 * MIB;
const MORE_USR_BYTES = 12 * MIB;
/**
 * xen-command-line(7). The serial port is Xen's, and dom0 writes to it through Xen; the second processor on is the payload's.
 */
function xenLine({base}: ImageDefinition): string {
  const memory = `${DOM0[base.kernel].ownMib}M`;
  return `com1=115200,8n1 console=com1,vga dom0_mem=${memory},max:${memory} dom0_max_vcpus=1 loglvl=warning guest_loglvl=none`;
}
/**
 * dom0's console, which Linux takes for none of its own; and 4 MiB for what a device cannot reach (2048 pieces of 2 KiB: `swiotlb=` of
 * the kernel's parameters), where Linux would set 64 aside as Xen's dom0.
 */
const DOM0_LINE = 'console=hvc0 swiotlb=2048';

/** The bootloader starts Xen, and the lean Linux as its dom0 starts the payload as the one domain. */
export const xenMode: ModeRecipe = {
  besideMib: ({base}: ImageDefinition) => DOM0[base.kernel].besideMib,
  without: {environment: 'a kernel has arguments, and no environment'},
  refusal: ({arch}: PayloadCase) =>
    arch.hypervisorPackage === undefined
      ? `Debian has no Xen for ${arch.name} with domains that need no hardware virtualisation`
      : undefined,
  definition(image: ImageDefinition): ImageDefinition {
    mustStartXen(image);
    const {disk, kernel} = image;
    return {
      ...image,
      hypervisor: true,
      kernel: {...kernel, commandLine: [kernel.commandLine, DOM0_LINE].filter(Boolean).join(' ')},
      disk: {
        ...disk,
        espBytes: disk.espBytes + MORE_ESP_BYTES,
        usrBytes: disk.usrBytes + MORE_USR_BYTES,
      },
    };
  },
  plan(plan: Plan, request: PayloadImageRequest): Step {
    const {inputs, payload, sources} = request;
    const xen = plan.add(hypervisor, {packages: inputs.hypervisor}, {});
    return planLinux(plan, request, {
      hypervisor: {step: xen, line: xenLine(request.image)},
      overlays: [
        xen,
        plan.add(sourceTree, {...sources.xen}, {}),
        planPrograms(plan, request, 'xen'),
        planDomain(plan, payload),
      ],
      services: [service(payload)],
      deliverables: [
        {kind: 'hypervisor', format: 'gzip', step: xen, file: 'hypervisor', suffix: 'hypervisor'},
      ],
    });
  },
};

/** @throws LeanosError USAGE for a format that starts the kernel without a disk, and so without Xen */
function mustStartXen({formats}: ImageDefinition): void {
  const without = formats.filter((name) => imageFormatOf(name).kind !== 'disk');
  if (without.length === 0) return;
  throw new LeanosError(
    'USAGE',
    `format ${without.join(', ')}: its kernel starts without Xen, and so without the payload`,
    {
      hint: '--format qcow2     and every other disk starts Xen',
    },
  );
}

function planDomain(plan: Plan, {file, files, disks, wanted, payload}: PayloadRequest): Step {
  const {xen} = payload.modes;
  if (typeof xen === 'string') throw new Error(`mode xen: ${xen}`);
  const [ramdisk, ...more] = files;
  if (more.length > 0)
    throw new LeanosError(
      'CONFIG_INVALID',
      'payload.files: a domain of Xen takes one file, which is its initramfs',
    );
  const options: DomainOptions = {
    type: xen.type,
    args: wanted.args,
    memoryMib: wanted.memoryBytes === undefined ? MEMORY_MIB : wanted.memoryBytes / MIB,
    ramdisk: ramdisk === undefined ? null : RAMDISK,
    disks: disks.map(({name, readOnly}) => ({name, readOnly})),
  };
  const inputs: Record<'kernel', Step> & Record<string, Step> = {kernel: plan.add(payloadFile, file, {})};
  if (ramdisk !== undefined) inputs[RAMDISK] = plan.add(payloadFile, ramdisk.file, {});
  for (const disk of disks) inputs[disk.name] = plan.add(payloadFile, disk.file, {});
  return plan.add(domain, options, inputs);
}

const RAMDISK = 'ramdisk';

/** The domain is supervised as any program is; it confines itself, for Xen keeps it apart. */
function service({wanted}: PayloadRequest): Service {
  return {
    name: 'payload',
    command: ['/usr/lib/leanos/xen/domain'],
    environment: {},
    user: 'root',
    onEnd: wanted.onExit ?? 'poweroff',
    after: ['network', 'datasource'],
    onConsole: true,
    capabilities: [],
    confinesItself: true,
    health: '/usr/lib/leanos/xen/is-up',
  };
}
