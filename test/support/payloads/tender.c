/* Stands in for solo5-hvt: says its arguments, and runs a virtual machine of KVM that prints a word. Documentation/virt/kvm/api.rst of Linux. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, PORT = 0xe9 };
/* In 16 bits: each byte of TEXT, which follows, to PORT. */
#define TEXT "tender: inside\n"
static const unsigned char code[] = {
    0xbe, 0x0d, 0x00,       /* mov si, 13 */
    0xac,                   /* lodsb */
    0x84, 0xc0, 0x74, 0x04, /* test al, al; jz +4 */
    0xe6, PORT, 0xeb, 0xf7, /* out PORT, al; jmp -9 */
    0xf4,                   /* hlt */
};

static int need(const char *what, int result) {
  if (result < 0) {
    perror(what);
    exit(1);
  }
  return result;
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("tender:");
  for (int at = 1; at < count; at++) printf(" %s", words[at]);
  printf("\n");

  int kvm = need("/dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
  int machine = need("machine", ioctl(kvm, KVM_CREATE_VM, 0));
  unsigned char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memcpy(memory, code, sizeof(code));
  memcpy(memory + sizeof(code), TEXT, sizeof(TEXT));
  struct kvm_userspace_memory_region region = {.memory_size = PAGE, .userspace_addr = (unsigned long)memory};
  need("memory", ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region));
  int processor = need("processor", ioctl(machine, KVM_CREATE_VCPU, 0));
  int bytes = need("bytes", ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
  struct kvm_run *run = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, processor, 0);
  struct kvm_sregs segments;
  need("segments", ioctl(processor, KVM_GET_SREGS, &segments));
  segments.cs.base = segments.cs.selector = 0;
  need("segments", ioctl(processor, KVM_SET_SREGS, &segments));
  struct kvm_regs registers = {.rflags = 2};
  need("registers", ioctl(processor, KVM_SET_REGS, &registers));
  for (;;) {
    need("run", ioctl(processor, KVM_RUN, 0));
    if (run->exit_reason != KVM_EXIT_IO) break;
    putchar(((char *)run)[run->io.data_offset]);
  }
  pause();
}
