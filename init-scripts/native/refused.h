/*
 * What a confined program has no need to ask the kernel for: to restart or change it, to mount, to set the clock, to look into
 * others, and what its large parts for administrators are reached by. AUDIT_ARCH_* of linux/audit.h, numbers of asm/unistd.h.
 */
#if defined(__x86_64__)
enum { ARCHITECTURE = (int)0xc000003eu };
static const unsigned short REFUSED[] = {
	101, 103, 153, 155, 163, 164, 165, 166, 167, 168, 169, 172, 173, 175, 176, 179, 227, 246, 248, 249,
	250, 272, 298, 304, 308, 310, 311, 313, 320, 321, 323, 425, 428, 429, 430, 432, 433, 442,
};
#elif defined(__i386__)
enum { ARCHITECTURE = (int)0x40000003u };
static const unsigned short REFUSED[] = {
	21, 26, 51, 52, 79, 87, 88, 101, 103, 110, 111, 115, 128, 129, 131, 217, 264, 283, 286, 287, 288,
	310, 336, 342, 346, 347, 348, 350, 357, 374, 404, 425, 428, 429, 430, 432, 433, 442,
};
#elif defined(__aarch64__)
enum { ARCHITECTURE = (int)0xc00000b7u };
static const unsigned short REFUSED[] = {
	39, 40, 41, 58, 60, 89, 97, 104, 105, 106, 112, 116, 117, 142, 170, 217, 218, 219, 224, 225, 241,
	265, 268, 270, 271, 273, 280, 282, 294, 425, 428, 429, 430, 432, 433, 442,
};
#elif defined(__arm__)
enum { ARCHITECTURE = (int)0x40000028u };
static const unsigned short REFUSED[] = {
	21, 26, 51, 52, 79, 87, 88, 103, 111, 115, 128, 129, 131, 218, 262, 309, 310, 311, 337, 347, 364,
	371, 375, 376, 377, 379, 386, 388, 401, 404, 425, 428, 429, 430, 432, 433, 442,
};
#elif defined(__powerpc64__)
enum { ARCHITECTURE = (int)0xc0000015u };
static const unsigned short REFUSED[] = {
	21, 26, 51, 52, 79, 87, 88, 101, 103, 110, 111, 115, 128, 129, 131, 203, 245, 268, 269, 270, 271,
	282, 319, 346, 350, 351, 352, 353, 361, 364, 382, 425, 428, 429, 430, 432, 433, 442,
};
#elif defined(__riscv)
enum { ARCHITECTURE = (int)0xc00000f3u };
static const unsigned short REFUSED[] = {
	39, 40, 41, 58, 60, 89, 97, 104, 105, 106, 112, 116, 117, 142, 170, 217, 218, 219, 224, 225, 241,
	265, 268, 270, 271, 273, 280, 282, 294, 425, 428, 429, 430, 432, 433, 442,
};
#elif defined(__s390x__)
enum { ARCHITECTURE = (int)0x80000016u };
static const unsigned short REFUSED[] = {
	21, 26, 51, 52, 79, 87, 88, 103, 111, 115, 128, 129, 131, 217, 259, 277, 278, 279, 280, 303, 331,
	336, 339, 340, 341, 344, 351, 355, 381, 425, 428, 429, 430, 432, 433, 442,
};
#endif
