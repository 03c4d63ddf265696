import type {Driver} from './hardware.ts';

/** What a kernel needs to be Xen's dom0 and to have one domain; the tests of linux/arch/x86/xen/Kconfig and below are in its names. */
const DOM0 = [
  ...['HYPERVISOR_GUEST', 'PARAVIRT', 'XEN', 'XEN_PV', 'XEN_DOM0', 'HVC_XEN', 'XENFS'],
  // /proc/xen, by which a dom0 is told from other machines, and /sys/hypervisor.
  ...['XEN_COMPAT_XENFS', 'XEN_SYS_HYPERVISOR'],
];
const GENERIC = {kind: 'other', kernel: 'generic', arches: ['x86_64']} as const;

/** Drivers of a dom0, by the names of their modules, beside those of its machine: Debian's kernel for clouds cannot be one. */
export const DOM0_DRIVERS = {
  'xen-privcmd': {...GENERIC, options: [...DOM0, 'XEN_PRIVCMD']},
  'xen-evtchn': {...GENERIC, options: ['XEN_DEV_EVTCHN']},
  'xen-gntdev': {...GENERIC, options: ['XEN_GNTDEV']},
  'xen-gntalloc': {...GENERIC, options: ['XEN_GRANT_DEV_ALLOC']},
  xenfs: {...GENERIC, options: ['XENFS']},
  'xen-netback': {...GENERIC, options: ['XEN_BACKEND', 'XEN_NETDEV_BACKEND']},
  'xen-blkback': {...GENERIC, options: ['XEN_BACKEND', 'XEN_BLKDEV_BACKEND']},
  loop: {...GENERIC, options: ['BLK_DEV_LOOP']},
  sch_ingress: {...GENERIC, options: ['NET_SCHED', 'NET_SCH_INGRESS']},
  cls_u32: {...GENERIC, options: ['NET_CLS_ACT', 'NET_CLS_U32']},
  act_mirred: {...GENERIC, options: ['NET_CLS_ACT', 'NET_ACT_MIRRED']},
} as const satisfies Readonly<Record<string, Driver>>;
