import type {ImageInputs} from '../../src/recipes/inputs.ts';

/** The inputs of an image that takes nothing. */
export const NO_INPUTS: ImageInputs = {
  userland: [],
  initramfs: [],
  kernel: [],
  boot: [],
  tools: [],
  toolchain: [],
  sysroot: [],
  discTools: [],
  efiStub: [],
};
