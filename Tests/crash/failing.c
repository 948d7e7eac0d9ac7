/* Preloaded, lets one call of one program fail: SEGUE_FAIL is "PROGRAM CALL N HOW", the Nth such call of a process, counted from 1; HOW is an errno, or 0
   for a write of half the bytes. Of calls with a descriptor or a path those in SEGUE_FAIL_BELOW count alone. SEGUE_FAILED names a file that the
   first one to fail makes: no other fails after it. With N = 0 none fails, and each process adds a line to that file: how many such calls it made.
   Of allocations N is no number but the place that asks, a digest of its callers, and with N = 0 each place adds a line. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static _Atomic long calls;
static char wanted[16];
static long nth;
static int chosen, how; /* chosen: this program, that is */

__attribute__((constructor)) static void prepare(void) {
    const char *told = getenv("SEGUE_FAIL");
    char program[64];
    void *caller[1];
    backtrace(caller, 1); /* the first call loads what it needs, and allocates */
    chosen = told && sscanf(told, "%63s %15s %ld %d", program, wanted, &nth, &how) == 4 && !strcmp(program, program_invocation_short_name);
}

static void add_line(long number) {
    char line[32];
    int length = snprintf(line, sizeof line, "%ld\n", number);
    int file = syscall(SYS_openat, AT_FDCWD, getenv("SEGUE_FAILED"), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0644);
    syscall(SYS_write, file, line, length);
    syscall(SYS_close, file);
}

static void add_count(void) {
    if (chosen && !nth && calls) add_line(calls);
    chosen = 0;
}

__attribute__((destructor)) static void end(void) { add_count(); }

void _exit(int status) {
    add_count();
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

static int is_below(const char *path) {
    const char *root = getenv("SEGUE_FAIL_BELOW");
    return !root || strncmp(path, root, strlen(root)) == 0;
}

static int is_descriptor_below(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int is_wanted(const char *call) { return chosen && !strcmp(call, wanted); }

/* Makes the file that says so, unless another failed before. */
static int is_first(void) {
    long made = syscall(SYS_openat, AT_FDCWD, getenv("SEGUE_FAILED"), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (made < 0) return 0;
    syscall(SYS_close, made);
    errno = how;
    return 1;
}

/* Whether this one of the calls that are wanted is to fail. */
static int fails(void) { return ++calls == nth && is_first(); }

enum { CALLERS = 3, PLACES = 1 << 16 };
static _Atomic long places[PLACES];

/* The same in each run, wherever the library was loaded. */
static unsigned long offset_in_library(void *address) {
    struct dl_find_object found;
    return _dl_find_object(address, &found) ? 0 : (unsigned long)address - found.dlfo_link_map->l_addr;
}

/* Whether an allocation is to fail: the first one at its place. */
static int fails_here(void) {
    static _Thread_local int is_inside;
    if (is_inside) return 0;
    is_inside = 1;
    void *callers[CALLERS + 2];
    int depth = backtrace(callers, CALLERS + 2);
    is_inside = 0;
    unsigned long place = 14695981039346656037u; /* FNV-1a, by words */
    for (int at = 2; at < depth; at++) place = (place ^ offset_in_library(callers[at])) * 1099511628211u;
    long key = (long)(place >> 1);
    if (nth) return key == nth && is_first();
    for (unsigned long at = place >> 40;; at++) {
        long none = 0;
        if (atomic_compare_exchange_strong(&places[at % PLACES], &none, key)) return add_line(key), 0;
        if (none == key) return 0;
    }
}

#define WRITES(name, type, ...) \
    if (is_wanted("write") && is_descriptor_below(descriptor) && fails()) { \
        if (how) return -1; \
        length = length > 1 ? length / 2 : length; \
    } \
    return REAL(name)(descriptor, bytes, length __VA_ARGS__)

ssize_t write(int descriptor, const void *bytes, size_t length) { WRITES(write, ssize_t, ); }
ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t at) { WRITES(pwrite, ssize_t, , at); }
ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t at) { WRITES(pwrite64, ssize_t, , at); }

ssize_t copy_file_range(int from, off64_t *start, int descriptor, off64_t *at, size_t length, unsigned flags) {
    if (is_wanted("write") && is_descriptor_below(descriptor) && fails()) {
        if (how) return -1;
        length = length > 1 ? length / 2 : length;
    }
    return REAL(copy_file_range)(from, start, descriptor, at, length, flags);
}

#define OF_DESCRIPTOR(call, name, ...) \
    if (is_wanted(call) && is_descriptor_below(descriptor) && fails()) return -1; \
    return REAL(name)(__VA_ARGS__)

int fsync(int descriptor) { OF_DESCRIPTOR("sync", fsync, descriptor); }
int fdatasync(int descriptor) { OF_DESCRIPTOR("sync", fdatasync, descriptor); }
int ftruncate(int descriptor, off_t length) { OF_DESCRIPTOR("truncate", ftruncate, descriptor, length); }
int ftruncate64(int descriptor, off64_t length) { OF_DESCRIPTOR("truncate", ftruncate64, descriptor, length); }
int fallocate(int descriptor, int mode, off_t at, off_t length) { OF_DESCRIPTOR("allocate", fallocate, descriptor, mode, at, length); }
int posix_fallocate(int descriptor, off_t at, off_t length) {
    return is_wanted("allocate") && is_descriptor_below(descriptor) && fails() ? how : REAL(posix_fallocate)(descriptor, at, length);
}

#define OF_PATH(call, path, ...) \
    if (is_wanted(call) && is_below(path) && fails()) return -1; \
    return __VA_ARGS__

int rename(const char *from, const char *to) { OF_PATH("rename", to, REAL(rename)(from, to)); }
int renameat(int a, const char *from, int b, const char *to) { OF_PATH("rename", to, REAL(renameat)(a, from, b, to)); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { OF_PATH("rename", to, REAL(renameat2)(a, from, b, to, flags)); }
int link(const char *from, const char *to) { OF_PATH("link", to, REAL(link)(from, to)); }
int unlink(const char *path) { OF_PATH("unlink", path, REAL(unlink)(path)); }
int rmdir(const char *path) { OF_PATH("unlink", path, REAL(rmdir)(path)); }
int mkdir(const char *path, mode_t mode) { OF_PATH("mkdir", path, REAL(mkdir)(path, mode)); }

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        OF_PATH("open", path, REAL(name)(path, flags, mode)); \
    }
OPENS(open)
OPENS(open64)

int openat(int folder, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (is_wanted("open") && (path[0] == '/' || folder == AT_FDCWD ? is_below(path) : is_descriptor_below(folder)) && fails()) return -1;
    return REAL(openat)(folder, path, flags, mode);
}

int mkstemp(char *path) { OF_PATH("open", path, REAL(mkstemp)(path)); }

void *mmap(void *at, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (is_wanted("mmap") && fails()) return MAP_FAILED;
    return REAL(mmap)(at, length, protection, flags, descriptor, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int descriptor, off64_t offset) {
    if (is_wanted("mmap") && fails()) return MAP_FAILED;
    return REAL(mmap64)(at, length, protection, flags, descriptor, offset);
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

#define ALLOCATES(...) return is_wanted("malloc") && fails_here() ? NULL : (__VA_ARGS__)

void *malloc(size_t length) { ALLOCATES(__libc_malloc(length)); }
void *calloc(size_t count, size_t length) { ALLOCATES(__libc_calloc(count, length)); }
void *realloc(void *old, size_t length) { ALLOCATES(__libc_realloc(old, length)); }
void *aligned_alloc(size_t alignment, size_t length) { ALLOCATES(__libc_memalign(alignment, length)); }

int posix_memalign(void **to, size_t alignment, size_t length) {
    if (is_wanted("malloc") && fails_here()) return ENOMEM;
    *to = __libc_memalign(alignment, length);
    return *to ? 0 : ENOMEM;
}
