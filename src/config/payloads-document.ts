import {SYSTEMS} from '../formats/payload/systems.ts';

/** What docs/payloads.md says of a system. */
interface SystemFacts {
  readonly forms: string;
  readonly modes: string;
  /** What was started, and by whom: this repository's tests, or somebody's hands. */
  readonly tried: string;
  readonly command: string;
}

const BY_HAND = 'started by hand under Xen, with a prototype of mode xen';
const RECOGNISED = 'recognised by its marks in the tests; not started here';
const build = (file: string, mode: string): string => `leanos build --payload ${file} --payload-mode ${mode}`;

/** A row for each system that is recognised. */
const FACTS: Readonly<Record<string, SystemFacts>> = {
  'MirageOS (Solo5)': {
    forms: 'Solo5: virtio, spt, hvt, xen, muen, genode',
    modes: 'virtio: boot (BIOS); spt, hvt: guest; xen: xen (PVH)',
    tried: RECOGNISED,
    command: build('web.virtio', 'boot'),
  },
  Solo5: {
    forms: 'virtio, spt, hvt, xen, muen, genode',
    modes: 'virtio: boot (BIOS); spt, hvt: guest; xen: xen (PVH)',
    tried:
      "Solo5's own test_hello was built and started by hand: virtio under BIOS; spt, and hvt where QEMU emulates SVM, by its tenders in mode guest",
    command: build('test_hello.virtio', 'boot'),
  },
  Unikraft: {
    forms: 'multiboot 1, EFI program, Xen PV, ELF for Firecracker',
    modes: 'boot (BIOS, UEFI), xen; of the ELF for Firecracker none',
    tried: 'its forms for GRUB and for Xen PV were started by hand, with prototypes',
    command: build('app_qemu-x86_64', 'boot'),
  },
  OSv: {
    forms: 'Xen PV, PVH; Linux boot protocol',
    modes: 'xen, boot',
    tried: RECOGNISED,
    command: build('loader.elf', 'xen'),
  },
  'LING (Erlang)': {forms: 'Xen PV', modes: 'xen', tried: BY_HAND, command: build('vmling', 'xen')},
  'GUK (Maxine Virtual Edition)': {
    forms: 'Xen PV',
    modes: 'xen',
    tried: BY_HAND,
    command: build('guk.gz', 'xen'),
  },
  HaLVM: {forms: 'Xen PV', modes: 'xen', tried: RECOGNISED, command: build('hello', 'xen')},
  rumprun: {
    forms: 'multiboot 1 (hw), Xen PV',
    modes: 'hw: boot (BIOS); xen: xen',
    tried: 'both started by hand, with prototypes',
    command: `${build('web.bin', 'boot')} --payload-args '{"cmdline": "web"}'`,
  },
  'MirageOS (Xen)': {forms: 'Xen PV', modes: 'xen', tried: BY_HAND, command: build('mir-www.xen', 'xen')},
  ClickOS: {forms: 'Xen PV', modes: 'xen', tried: RECOGNISED, command: build('clickos', 'xen')},
  'Mini-OS': {forms: 'Xen PV', modes: 'xen', tried: BY_HAND, command: build('mini-os.gz', 'xen')},
  'GNU Mach': {
    forms: 'multiboot 1',
    modes: 'boot (BIOS)',
    tried: 'started by hand with GRUB',
    command: build('gnumach.gz', 'boot'),
  },
  IncludeOS: {forms: 'multiboot 1', modes: 'boot', tried: RECOGNISED, command: build('service', 'boot')},
  Xen: {
    forms: 'multiboot 2',
    modes: 'boot',
    tried: 'mode xen starts it in the tests',
    command: build('xen.gz', 'boot'),
  },
};

/** The names of the systems that have no row, or that a row is of without being recognised. */
export function unlikeSystems(): string[] {
  const names = new Set(SYSTEMS.map(({name}) => name));
  return [
    ...[...names].filter((name) => FACTS[name] === undefined),
    ...Object.keys(FACTS).filter((name) => !names.has(name)),
  ];
}

/** The table of docs/payloads.md. */
export function payloadsTable(): string {
  const names = [...new Set(SYSTEMS.map(({name}) => name))];
  const rows = names.map((name) => {
    const {forms, modes, tried, command} = FACTS[name] ?? {forms: '', modes: '', tried: '', command: ''};
    return `| ${name} | ${forms} | ${modes} | ${tried} | \`${command}\` |`;
  });
  return [
    '| system | forms | modes | how it was tried | try it |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
