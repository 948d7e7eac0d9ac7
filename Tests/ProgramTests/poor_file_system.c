/* Preloaded, makes every file system one that lacks what the environment names: a number is the errno of each such call.
   NO_RENAME, NO_LINK, NO_FSYNC (of folders), NO_LOCK, NO_MEMORY (to share, for SQLite); DIES: just before a plain rename;
   DEAF: locks are not seen that others hold, as on another machine. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int lacks(const char *what) {
    const char *number = getenv(what);
    if (number) errno = atoi(number);
    return number != NULL;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return lacks("NO_RENAME") ? -1 : REAL(renameat2)(a, from, b, to, flags);
}

int link(const char *from, const char *to) { return lacks("NO_LINK") ? -1 : REAL(link)(from, to); }

int rename(const char *from, const char *to) {
    if (getenv("DIES")) _exit(9);
    return REAL(rename)(from, to);
}

int fsync(int descriptor) {
    struct stat status;
    int is_folder = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    return is_folder && lacks("NO_FSYNC") ? -1 : REAL(fsync)(descriptor);
}

int flock(int descriptor, int operation) {
    extern int flock(int, int);
    // Long enough for both to have opened a file before one of them writes it.
    if (getenv("DEAF")) return usleep(100000);
    return lacks("NO_LOCK") ? -1 : REAL(flock)(descriptor, operation);
}

/* Memory that processes share by a file of a library. */
static int is_shared(int descriptor, int protection, int flags) {
    char link[64], path[4096];
    if (descriptor < 0 || !(flags & MAP_SHARED) || !(protection & PROT_WRITE)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/.segue/") != NULL;
}

void *mmap(void *at, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (is_shared(descriptor, protection, flags) && lacks("NO_MEMORY")) return MAP_FAILED;
    return REAL(mmap)(at, length, protection, flags, descriptor, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int descriptor, off64_t offset) {
    if (is_shared(descriptor, protection, flags) && lacks("NO_MEMORY")) return MAP_FAILED;
    return REAL(mmap64)(at, length, protection, flags, descriptor, offset);
}
