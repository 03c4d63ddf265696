/** MiB that a machine may have: QEMU takes 0 for its own default, and no host has more. */
export const LEAST_MEMORY_MIB = 16;
export const MOST_MEMORY_MIB = 1_048_576;
