/** What kernel and userland can be taken from. */
export const BASES = ['debian', 'buildroot'] as const;

export type BaseName = (typeof BASES)[number];
