#include "serial.h"

/* The Multiboot Specification 0.6.96, 3.1 and 3.3. */
__attribute__((section(".header"), used, aligned(4))) static const u32 header[] = {0x1badb002, 2, -(0x1badb002 + 2)};

void main(u32 magic, const u32 *info) {
  const char *line = info[0] & 4 ? (const char *)info[4] : "";
  if (magic != 0x2badb002) say("payload: this is not multiboot 1\n");
  say("payload: multiboot 1: ");
  say(line);
  say("\n");
  const u32 *modules = (const u32 *)info[6];
  for (u32 index = 0; (info[0] & 8) && index < info[5]; index++, modules += 4) {
    say("payload: module ");
    say((const char *)modules[2]);
    say(": ");
    for (const char *at = (const char *)modules[0]; at < (const char *)modules[1]; at++) {
      const char one[] = {*at, 0};
      say(one);
    }
    say("\n");
  }
  if (info[0] & 1) {
    say("payload: memory ");
    say_number(info[2] / 1024);
    say(" MiB\n");
  }
  end(line);
}
