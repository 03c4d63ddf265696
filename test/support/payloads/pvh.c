#include "serial.h"

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

void main(u32 none, const u32 *info) {
  (void)none;
  const char *line = "";
  if (info[0] != 0x336ec578) say("payload: this is not PVH\n");
  else line = (const char *)info[6];
  say("payload: PVH: ");
  say(line);
  say("\n");
  end(line);
}
