/**
 * The options that give a kernel from source what these modules of Debian's are (Kconfig below drivers/net and arch/x86/kvm of
 * Linux): those that a payload asks for. Such a kernel has no modules.
 */
export const MODULE_OPTIONS: Readonly<Partial<Record<string, readonly string[]>>> = {
  tun: ['NET_CORE', 'TUN'],
  kvm_intel: ['VIRTUALIZATION', 'KVM', 'KVM_INTEL'],
  kvm_amd: ['VIRTUALIZATION', 'KVM', 'KVM_AMD'],
};
