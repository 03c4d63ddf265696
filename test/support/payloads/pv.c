/* A kernel for Xen PV, 64-bit: says its arguments and what it was given, and ends as they say. RELEASE is its own name. xen/include/public of Xen. */
typedef unsigned int u32;
typedef unsigned long u64;

struct start_info {
  char magic[32];
  u64 pages, shared_info;
  u32 flags;
  u64 store_frame;
  u32 store_event;
  u64 console_frame;
  u32 console_event;
  u64 page_tables, page_table_frames, frame_list, module_start, module_bytes;
  char arguments[1024];
};

#include "xen-console.h"

enum { VIRT_BASE = 0x400000, PAGE = 4096 };
/* arch-x86/xen-x86_64.h: which page of this domain a frame of the machine is */
static const u64 *const page_of_frame = (const u64 *)0xffff800000000000;

/* elfnote.h: what a domain's builder has to know */
__asm__(".section .note.xen, \"a\", @note\n"
        ".macro text number value\n"
        ".long 4, 2f - 1f, \\number\n.asciz \"Xen\"\n1: .asciz \"\\value\"\n2: .balign 4\n"
        ".endm\n"
        ".macro word number value\n"
        ".long 4, 8, \\number\n.asciz \"Xen\"\n.quad \\value\n"
        ".endm\n"
        "word 1 begin\n"
        "word 3 0x400000\n"
        "word 4 0x400000\n"
        "text 5 xen-3.0\n"
        "text 6 leanos-test\n"
        "text 8 generic\n"
        "text 9 yes\n"
        ".text\n.globl begin\n"
        "begin: lea stack_end(%rip), %rsp\nmov %rsi, %rdi\ncall run\n"
        ".bss\n.balign 16\n.skip 16384\nstack_end:\n.text\n");

static long hypercall(long number, long a, void *b) {
  long result;
  __asm__ volatile("syscall" : "=a"(result), "+D"(a), "+S"(b) : "a"(number) : "rcx", "r11", "rdx", "memory");
  return result;
}

static int holds(const char *text, const char *word) {
  for (; *text; text++) {
    const char *a = text, *b = word;
    while (*b && *a == *b) a++, b++;
    if (!*b) return 1;
  }
  return 0;
}

void run(struct start_info *given) {
  u32 reason = POWEROFF;
  console = (struct console *)(VIRT_BASE + page_of_frame[given->console_frame] * PAGE);
  console_event = given->console_event;
  tell("payload: " RELEASE ": ");
  tell(given->arguments);
  tell("\n");
  if (given->module_bytes) {
    tell("payload: module: ");
    tell((const char *)given->module_start);
    tell("\n");
  }
  if (holds(given->arguments, "wait")) {
    struct { u32 *ports; u32 many; u64 until; } nothing = {0, 0, 0};
    for (;;) hypercall(SCHED_OP, POLL, &nothing);
  }
  tell("payload: ends\n");
  if (holds(given->arguments, "crash")) __asm__ volatile("ud2");
  if (holds(given->arguments, "reboot")) reason = REBOOT;
  hypercall(SCHED_OP, SHUTDOWN, &reason);
  for (;;) hypercall(SCHED_OP, YIELD, 0);
}
