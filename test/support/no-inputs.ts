import type {HostInputs, ImageInputs} from '../../src/recipes/inputs.ts';

export const NO_TOOLS: HostInputs = {
  tools: [],
  discTools: [],
  compiler: [],
  toolchain: [],
  python: [],
  emulator: [],
};

/** The inputs of an image that takes nothing. */
export const NO_INPUTS: ImageInputs = {
  userland: [],
  sandbox: [],
  initramfs: [],
  kernel: [],
  boot: [],
  efiStub: [],
  sysroot: [],
  libc: [],
  hypervisor: [],
  hosts: {amd64: NO_TOOLS},
};
