import type {DiskFirmware} from '../../core/architecture.ts';

/** What an image can do with a payload, in the order in which `auto` tries it. */
export const PAYLOAD_MODES = ['boot', 'guest', 'xen'] as const;

/** `boot`: the bootloader starts it. `guest`: the lean Linux runs it. `xen`: it is Xen's one domain beside the lean Linux. */
export type PayloadMode = (typeof PAYLOAD_MODES)[number];

/** The word for the first mode that a payload can have. */
export const AUTO_MODE = 'auto';

/** What a mode does, or the reason why it cannot. */
export type Offer<T> = T | string;

/** How a bootloader starts a payload: GRUB's commands. */
export interface BootOffer {
  readonly loader: 'multiboot' | 'multiboot2' | 'linux' | 'chainloader';
  /** Firmwares, and whether one starts it so: a text says why not. One that is not named starts nothing of the kind. */
  readonly firmware: Readonly<Record<DiskFirmware, true | string>>;
  /** Whether QEMU starts it without a bootloader (-kernel): a text says why not. */
  readonly direct: true | string;
  /** Whether arguments with quotes or backslashes reach it as they are: a text says why not. */
  readonly anyArguments: true | string;
  /** Whether its command line begins with its name, as QEMU has it, which GRUB leaves out. */
  readonly isNamed: boolean;
}

/** What runs a payload in the lean Linux. */
export interface GuestOffer {
  readonly runner: 'program' | 'solo5-spt' | 'solo5-hvt' | 'container';
}

/** Which kind of domain a payload is. */
export interface XenOffer {
  readonly type: 'pv' | 'pvh';
}

/** How each mode starts a payload. */
export interface ModeOffers {
  readonly boot: Offer<BootOffer>;
  readonly guest: Offer<GuestOffer>;
  readonly xen: Offer<XenOffer>;
}

/** Why a payload cannot have a mode; `undefined` where it can. */
export function refusalOf<T>(offer: Offer<T>): string | undefined {
  return typeof offer === 'string' ? offer : undefined;
}

/** For each mode the first of these that starts the payload, else all their reasons. */
export function mergedOffers(all: readonly ModeOffers[]): ModeOffers {
  const first = <T>(offers: readonly Offer<T>[]): Offer<T> =>
    offers.find((offer) => typeof offer !== 'string') ?? [...new Set(offers)].join('; ');
  return {
    boot: first(all.map(({boot}) => boot)),
    guest: first(all.map(({guest}) => guest)),
    xen: first(all.map(({xen}) => xen)),
  };
}
