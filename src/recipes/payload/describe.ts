import {diskFirmwares} from '../../core/architecture.ts';
import {filledTemplate} from '../../formats/filled-template.ts';
import {xlText} from '../../formats/xl-config.ts';
import type {Plan} from '../../pipeline/plan.ts';
import {diskDriver} from '../../stages/format/image-formats.ts';
import {PAYLOAD_FILE, payloadFile} from '../../stages/payload/payload-file.ts';
import {texts} from '../../stages/release/texts.ts';
import type {Deliverable} from '../deliverable.ts';
import {machineMemoryMib, type PayloadImageRequest} from './payload-request.ts';

/** What an image's machine has where neither its definition nor its mode says more. */
/** What a payload has by itself. */
const DOMAIN_MIB = 64;
const MIB = 2 ** 20;

/** How each file's name ends, and its template beside this file. */
export const DESCRIPTIONS = {
  'run.sh': 'run.sh.hbs',
  'xl.cfg': 'xl.cfg.hbs',
  'libvirt.xml': 'libvirt.xml.hbs',
} as const;

/** The files beside a disk that start it elsewhere, or the payload alone; none where the image is no disk that QEMU reads. */
export function planDescriptions(
  plan: Plan,
  request: PayloadImageRequest,
  deliverables: readonly Deliverable[],
): Deliverable[] {
  const disk = deliverables.find(({format}) => diskDriver(format) !== undefined);
  if (disk === undefined) return [];
  const {payload, arch} = request;
  const domain = domainOf(request);
  const values = machineValues(request, disk, domain);
  const isXen = domain !== undefined || arch.qemu.isPc; // HVM is of PCs
  const files = Object.fromEntries(
    Object.entries(DESCRIPTIONS)
      .filter(([name]) => name !== 'xl.cfg' || isXen)
      .map(([name, template]): [string, string] => [
        name,
        filledTemplate(request.describeTemplates[template] ?? '', values, {escape: name.endsWith('.xml')}),
      ]),
  );
  const isFirecracker = payload.payload.forms.some(({firecracker}) => firecracker === true);
  if (isFirecracker) files['firecracker.json'] = firecrackerConfig(request, values);
  const step = plan.add(texts, {files}, {});
  const described = Object.keys(files).map((name) => ({
    kind: 'description',
    format: name,
    step,
    file: name,
    suffix: name,
  }));
  const isThere =
    deliverables.some(({kind}) => kind === 'payload') || !(isFirecracker || domain !== undefined);
  const itself = {
    kind: 'payload',
    format: 'file',
    step: plan.add(payloadFile, payload.file, {}),
    file: PAYLOAD_FILE,
    suffix: 'payload',
  };
  return isThere ? described : [itself, ...described];
}

/** The kind of domain that Xen makes of the payload alone; `undefined` where the disk has to be its machine's. */
function domainOf({payload: {payload}}: PayloadImageRequest): string | undefined {
  return typeof payload.modes.xen === 'string' ? undefined : payload.modes.xen.type;
}

/** What the templates say: what `leanos run` has QEMU do, and what others call it. */
function machineValues(request: PayloadImageRequest, disk: Deliverable, domain: string | undefined) {
  const {image, arch, version, payload} = request;
  const {qemu} = arch;
  const name = `leanos-${version}-${image.name}-${arch.name}`;
  const offer = payload.bare;
  const starting = diskFirmwares(arch).filter((each) => offer === undefined || offer.firmware[each] === true);
  const onlyUefi = starting[0] === 'uefi';
  const ownMib = Math.ceil((payload.wanted.memoryBytes ?? 0) / MIB);
  const [uefi] = (onlyUefi ? qemu.uefi?.files : undefined) ?? [];
  return {
    name,
    what: payload.file.name,
    image: image.name,
    program: qemu.program,
    machine: qemu.machine,
    virtio: qemu.virtio,
    cpu: qemu.cpu.tcg,
    machineMib: machineMemoryMib(payload),
    domainMib: ownMib || DOMAIN_MIB,
    uefi: uefi !== undefined && 'code' in uefi ? uefi.code : '',
    loader: uefi !== undefined && 'loader' in uefi ? uefi.loader : '',
    onlyUefi,
    disk: {format: diskDriver(disk.format) ?? '', file: `${name}-${disk.suffix}`},
    isSata: offer !== undefined,
    isPc: qemu.isPc,
    exitPort: offer !== undefined && qemu.isPc,
    onPci: qemu.virtio === 'pci',
    type: domain ?? 'hvm',
    kernel: domain === undefined ? '' : `${name}-payload`,
    extra: payload.wanted.args === '' ? '' : xlText(payload.wanted.args),
    libvirtArch: qemu.libvirt,
    libvirtMachine: qemu.machine.split(',')[0] ?? '',
  };
}

/** What Firecracker's `--config-file` takes (its docs/getting-started.md), for the payload alone. */
function firecrackerConfig(
  {payload: {wanted}}: PayloadImageRequest,
  {name, domainMib}: {readonly name: string; readonly domainMib: number},
): string {
  const config = {
    'boot-source': {kernel_image_path: `${name}-payload`, boot_args: wanted.args},
    drives: [],
    'machine-config': {vcpu_count: 1, mem_size_mib: domainMib},
  };
  return `${JSON.stringify(config, null, 1)}\n`;
}
