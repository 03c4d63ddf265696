/**
 * What GRUB and the guest know of the slots: which comes first, and how often each may still be tried. It is an environment
 * block of GRUB (grub-core/lib/envblk.c: 1024 bytes, a first line, NAME=VALUE lines, filled with #). All values are one
 * character and all lie in the first sector, so that each write is a single sector: the old state or the new one. `end`
 * says that a copy is whole; there are two copies.
 */
export const SLOT_STATE_FILES = ['state-1', 'state-2'] as const;
export const MOST_TRIES = 3;
const BLOCK_BYTES = 1024;

/** The state of a new disk: slot A has a system, slot B has none. */
export function slotState(): string {
  const text = `# GRUB Environment Block\nfirst=A\na=${MOST_TRIES}\nb=0\nend=1\n`;
  return text.padEnd(BLOCK_BYTES, '#');
}
