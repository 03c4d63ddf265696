#include "serial.h"
#include "xen-console.h"

/* xen/include/public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY, and hvm_start_info of xen/include/public/arch-x86/hvm/start_info.h. */
__asm__(".section .note.pvh, \"a\", @note\n"
        ".long 4, 4, 18\n"
        ".asciz \"Xen\"\n"
        ".long pvh_start\n"
        ".section .text.start, \"ax\"\n"
        ".code32\n"
        ".globl pvh_start\n"
        "pvh_start: xorl %eax, %eax\n"
        "jmp start\n");

/* hvm/params.h: where Xen has put the console; PAGE is that of 32 bits without paging. */
enum { HVM_OP = 34, GET_PARAM = 1, CONSOLE_FRAME = 17, CONSOLE_EVENT = 18, SELF = 0x7ff0, PAGE = 4096 };
/* Xen fills it: 32 bytes of code for each hypercall. */
static u8 hypercalls[PAGE] __attribute__((aligned(PAGE)));

static long hypercall(long number, long a, void *b) {
  long result;
  __asm__ volatile("call *%[to]"
                   : "=a"(result), "+b"(a), "+c"(b)
                   : [to] "D"(hypercalls + 32 * number)
                   : "edx", "esi", "memory");
  return result;
}

static void ask_processor(u32 leaf, u32 *answer) {
  __asm__ volatile("cpuid" : "=a"(answer[0]), "=b"(answer[1]), "=c"(answer[2]), "=d"(answer[3]) : "a"(leaf), "c"(0));
}

static u32 parameter(u32 index) {
  struct { u16 domain, none; u32 index; u64 value; } asked = {SELF, 0, index, 0};
  hypercall(HVM_OP, GET_PARAM, &asked);
  return asked.value;
}

/* arch-x86/cpuid.h: whether this is a domain of Xen. Then it has no serial port, and a console in its place. */
static int meet_xen(void) {
  u32 answer[4];
  ask_processor(0x40000000, answer);
  if (answer[1] != 0x566e6558) return 0; /* XenV */
  ask_processor(0x40000002, answer);
  __asm__ volatile("wrmsr" : : "c"(answer[1]), "a"(hypercalls), "d"(0) : "memory");
  console = (struct console *)(parameter(CONSOLE_FRAME) * PAGE);
  console_event = parameter(CONSOLE_EVENT);
  return 1;
}

static void __attribute__((noreturn)) run_in_xen(const char *line) {
  u32 reason = holds(line, "reboot") ? REBOOT : POWEROFF;
  tell("payload: PVH under Xen: ");
  tell(line);
  tell("\n");
  if (holds(line, "wait")) {
    struct { u32 ports, many; u64 until; } nothing = {0, 0, 0};
    for (;;) hypercall(SCHED_OP, POLL, &nothing);
  }
  tell("payload: ends\n");
  hypercall(SCHED_OP, SHUTDOWN, &reason);
  for (;;) hypercall(SCHED_OP, YIELD, 0);
}

void main(u32 none, const u32 *info) {
  (void)none;
  const char *line = "";
  if (info[0] != 0x336ec578) say("payload: this is not PVH\n");
  else line = (const char *)info[6];
  if (meet_xen()) run_in_xen(line);
  say("payload: PVH: ");
  say(line);
  say("\n");
  end(line);
}
