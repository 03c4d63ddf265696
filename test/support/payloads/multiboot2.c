#include "serial.h"

/* The Multiboot2 Specification, 3.1 and 3.4. */
__attribute__((section(".header"), used, aligned(8))) static const u32 header[] = {
    0xe85250d6, 0, 24, -(0xe85250d6 + 24), 0, 8,
};

void main(u32 magic, const u32 *info) {
  const char *line = "";
  u32 lines = 0;
  if (magic != 0x36d76289) say("payload: this is not multiboot 2\n");
  for (const u32 *tag = info + 2; tag[0] != 0; tag = (const u32 *)((u32)tag + ((tag[1] + 7) & ~7u)))
    if (tag[0] == 1) {
      line = (const char *)(tag + 2);
      lines++;
    }
  say("payload: multiboot 2: ");
  say(line);
  say("\n");
  if (lines != 1) say("payload: there is not one command line\n");
  end(line);
}
