/*
 * What programs that start others ask the kernel for, beside what start.h has: numbers of asm/unistd.h, and calls with five words,
 * as syscall(2) says. Users and groups are those of 32 bits everywhere.
 */
#if defined(__x86_64__)
enum { SYS_clone = 56, SYS_execve = 59, SYS_wait4 = 61, SYS_kill = 62, SYS_setsid = 112, SYS_pipe2 = 293 };
enum { SYS_dup3 = 292, SYS_close = 3, SYS_lseek = 8, SYS_ppoll = 271, SYS_signalfd4 = 289 };
enum { SYS_rt_sigprocmask = 14, SYS_clock_gettime = 228, SYS_renameat2 = 316, SYS_prctl = 157 };
enum { SYS_unshare = 272, SYS_mount = 165, SYS_mount_setattr = 442, SYS_chdir = 80, SYS_capset = 126 };
enum { SYS_setgroups = 116, SYS_setresgid = 119, SYS_setresuid = 117 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return result;
}
#elif defined(__i386__)
enum { SYS_clone = 120, SYS_execve = 11, SYS_wait4 = 114, SYS_kill = 37, SYS_setsid = 66, SYS_pipe2 = 331 };
enum { SYS_dup3 = 330, SYS_close = 6, SYS_lseek = 19, SYS_ppoll = 309, SYS_signalfd4 = 327 };
enum { SYS_rt_sigprocmask = 175, SYS_clock_gettime = 265, SYS_renameat2 = 353, SYS_prctl = 172 };
enum { SYS_unshare = 310, SYS_mount = 21, SYS_mount_setattr = 442, SYS_chdir = 12, SYS_capset = 185 };
enum { SYS_setgroups = 206, SYS_setresgid = 210, SYS_setresuid = 208 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return result;
}
#elif defined(__aarch64__)
enum { SYS_clone = 220, SYS_execve = 221, SYS_wait4 = 260, SYS_kill = 129, SYS_setsid = 157, SYS_pipe2 = 59 };
enum { SYS_dup3 = 24, SYS_close = 57, SYS_lseek = 62, SYS_ppoll = 73, SYS_signalfd4 = 74 };
enum { SYS_rt_sigprocmask = 135, SYS_clock_gettime = 113, SYS_renameat2 = 276, SYS_prctl = 167 };
enum { SYS_unshare = 97, SYS_mount = 40, SYS_mount_setattr = 442, SYS_chdir = 49, SYS_capset = 91 };
enum { SYS_setgroups = 159, SYS_setresgid = 149, SYS_setresuid = 147 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}
#elif defined(__arm__)
enum { SYS_clone = 120, SYS_execve = 11, SYS_wait4 = 114, SYS_kill = 37, SYS_setsid = 66, SYS_pipe2 = 359 };
enum { SYS_dup3 = 358, SYS_close = 6, SYS_lseek = 19, SYS_ppoll = 336, SYS_signalfd4 = 355 };
enum { SYS_rt_sigprocmask = 175, SYS_clock_gettime = 263, SYS_renameat2 = 382, SYS_prctl = 172 };
enum { SYS_unshare = 337, SYS_mount = 21, SYS_mount_setattr = 442, SYS_chdir = 12, SYS_capset = 185 };
enum { SYS_setgroups = 206, SYS_setresgid = 210, SYS_setresuid = 208 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	register long r7 __asm__("r7") = number;
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;
	register long r3 __asm__("r3") = d;
	register long r4 __asm__("r4") = e;
	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4) : "memory");
	return r0;
}
#elif defined(__powerpc64__)
enum { SYS_clone = 120, SYS_execve = 11, SYS_wait4 = 114, SYS_kill = 37, SYS_setsid = 66, SYS_pipe2 = 317 };
enum { SYS_dup3 = 316, SYS_close = 6, SYS_lseek = 19, SYS_ppoll = 281, SYS_signalfd4 = 313 };
enum { SYS_rt_sigprocmask = 174, SYS_clock_gettime = 246, SYS_renameat2 = 357, SYS_prctl = 171 };
enum { SYS_unshare = 282, SYS_mount = 21, SYS_mount_setattr = 442, SYS_chdir = 12, SYS_capset = 184 };
enum { SYS_setgroups = 81, SYS_setresgid = 169, SYS_setresuid = 164 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	register long r0 __asm__("r0") = number;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;
	register long r7 __asm__("r7") = e;
	__asm__ volatile("sc\n\tbns+ 1f\n\tneg 3, 3\n1:"
		: "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
		:
		: "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
	return r3;
}
#elif defined(__riscv)
enum { SYS_clone = 220, SYS_execve = 221, SYS_wait4 = 260, SYS_kill = 129, SYS_setsid = 157, SYS_pipe2 = 59 };
enum { SYS_dup3 = 24, SYS_close = 57, SYS_lseek = 62, SYS_ppoll = 73, SYS_signalfd4 = 74 };
enum { SYS_rt_sigprocmask = 135, SYS_clock_gettime = 113, SYS_renameat2 = 276, SYS_prctl = 167 };
enum { SYS_unshare = 97, SYS_mount = 40, SYS_mount_setattr = 442, SYS_chdir = 49, SYS_capset = 91 };
enum { SYS_setgroups = 159, SYS_setresgid = 149, SYS_setresuid = 147 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
	return a0;
}
#elif defined(__s390x__)
enum { SYS_clone = 120, SYS_execve = 11, SYS_wait4 = 114, SYS_kill = 37, SYS_setsid = 66, SYS_pipe2 = 325 };
enum { SYS_dup3 = 326, SYS_close = 6, SYS_lseek = 19, SYS_ppoll = 302, SYS_signalfd4 = 322 };
enum { SYS_rt_sigprocmask = 175, SYS_clock_gettime = 260, SYS_renameat2 = 347, SYS_prctl = 172 };
enum { SYS_unshare = 303, SYS_mount = 21, SYS_mount_setattr = 442, SYS_chdir = 12, SYS_capset = 185 };
enum { SYS_setgroups = 206, SYS_setresgid = 210, SYS_setresuid = 208 };
static long call5(long number, long a, long b, long c, long d, long e)
{
	register long r1 __asm__("r1") = number;
	register long r2 __asm__("r2") = a;
	register long r3 __asm__("r3") = b;
	register long r4 __asm__("r4") = c;
	register long r5 __asm__("r5") = d;
	register long r6 __asm__("r6") = e;
	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6) : "memory");
	return r2;
}
#endif

/* The first two words of clone(2) change places on s390. */
static inline long fork_process(long flags)
{
#if defined(__s390x__)
	return call5(SYS_clone, 0, flags, 0, 0, 0);
#else
	return call5(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

static inline unsigned long length(const char *text)
{
	unsigned long bytes = 0;
	while (text[bytes])
		bytes++;
	return bytes;
}

/* after START TEXT: what follows in the text when it begins with START, else 0 */
static inline char *after(const char *start, char *text)
{
	for (; *start; start++, text++)
		if (*start != *text)
			return 0;
	return text;
}
