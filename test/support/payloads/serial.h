/* What every payload of the tests has: a serial port, and an end. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

/* The first port of a PC: National Semiconductor's 16550. */
static void say(const char *text) {
  for (; *text != 0; text++) {
    while ((in8(0x3fd) & 0x20) == 0)
      ;
    out8(0x3f8, *text);
  }
}

static void say_number(u32 value) {
  char digits[11];
  char *at = digits + 10;
  *at = 0;
  do {
    *--at = '0' + value % 10;
    value /= 10;
  } while (value != 0);
  say(at);
}

static int holds(const char *text, const char *word) {
  for (; *text != 0; text++) {
    const char *a = text, *b = word;
    while (*b != 0 && *a == *b) {
      a++;
      b++;
    }
    if (*b == 0) return 1;
  }
  return 0;
}

/* Ends as its arguments say: `crash`, `reboot`, or QEMU's isa-debug-exit, and where there is none it halts. */
static void __attribute__((noreturn)) end(const char *arguments) {
  say("payload: ends\n");
  if (holds(arguments, "crash")) __asm__ volatile("ud2");
  if (holds(arguments, "reboot")) out8(0x64, 0xfe);
  __asm__ volatile("outw %0, %1" : : "a"((u16)0), "Nd"((u16)0x501));
  for (;;) __asm__ volatile("cli; hlt");
}
