/*
 * What programs that make files ask the kernel for, beside what start.h and processes.h have: numbers of asm/unistd.h, flags of
 * asm/fcntl.h.
 */
#if defined(__x86_64__)
enum { SYS_mkdirat = 258, SYS_fchownat = 260, SYS_unlinkat = 263, SYS_linkat = 265, SYS_symlinkat = 266 };
enum { SYS_fchmod = 91, SYS_utimensat = 280, SYS_getdents64 = 217 };
#elif defined(__i386__)
enum { SYS_mkdirat = 296, SYS_fchownat = 298, SYS_unlinkat = 301, SYS_linkat = 303, SYS_symlinkat = 304 };
enum { SYS_fchmod = 94, SYS_utimensat = 320, SYS_getdents64 = 220 };
#elif defined(__aarch64__) || defined(__riscv)
enum { SYS_mkdirat = 34, SYS_fchownat = 54, SYS_unlinkat = 35, SYS_linkat = 37, SYS_symlinkat = 36 };
enum { SYS_fchmod = 52, SYS_utimensat = 88, SYS_getdents64 = 61 };
#elif defined(__arm__)
enum { SYS_mkdirat = 323, SYS_fchownat = 325, SYS_unlinkat = 328, SYS_linkat = 330, SYS_symlinkat = 331 };
enum { SYS_fchmod = 94, SYS_utimensat = 348, SYS_getdents64 = 217 };
#elif defined(__powerpc64__)
enum { SYS_mkdirat = 287, SYS_fchownat = 289, SYS_unlinkat = 292, SYS_linkat = 294, SYS_symlinkat = 295 };
enum { SYS_fchmod = 94, SYS_utimensat = 304, SYS_getdents64 = 202 };
#elif defined(__s390x__)
enum { SYS_mkdirat = 289, SYS_fchownat = 291, SYS_unlinkat = 294, SYS_linkat = 296, SYS_symlinkat = 297 };
enum { SYS_fchmod = 94, SYS_utimensat = 315, SYS_getdents64 = 220 };
#endif
enum { SYS_openat2 = 437 };

#if defined(__aarch64__) || defined(__arm__) || defined(__powerpc64__)
enum { O_DIRECTORY = 040000, O_NOFOLLOW = 0100000 };
#else
enum { O_DIRECTORY = 0200000, O_NOFOLLOW = 0400000 };
#endif
enum { O_WRONLY = 1, O_CREAT = 0100, O_EXCL = 0200, O_CLOEXEC = 02000000, O_PATH = 010000000 };
enum { AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, AT_EMPTY_PATH = 0x1000 };
enum { RESOLVE_NO_MAGICLINKS = 2, RESOLVE_IN_ROOT = 0x10 };
enum { ENOENT = 2, EINTR = 4, ENOSYS = 38 };
