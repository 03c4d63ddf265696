import {formatGrubEnvironment} from '../../formats/grub-environment.ts';

/**
 * What GRUB and the guest know of the slots: which comes first, and how often each may still be tried. It is an environment
 * block of GRUB. Values are short and all lie in the first sector, so that each write is a single sector: the old state or
 * the new one. `end` says that a copy is whole; there are two copies. A guest adds `id`, which nobody else knows: GRUB makes
 * the stamp of its disk with it.
 */
export const SLOT_STATE_FILES = ['state-1', 'state-2'] as const;
export const MOST_TRIES = 3;

/** The state of a new disk: slot A has a system, slot B has none. */
export function slotState(): string {
  return formatGrubEnvironment({first: 'A', a: String(MOST_TRIES), b: '0', end: '1'});
}
