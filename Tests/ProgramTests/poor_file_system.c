/* Preloaded, makes every file system one that lacks what the environment names: a number is the errno of each such call.
   NO_RENAME, NO_LINK, NO_FSYNC (of folders), NO_LOCK, NO_MEMORY (to share, for SQLite); DIES: just before a plain rename;
   DEAF: locks are not seen that others hold, as on another machine; FOLDS: names that differ only in case are one entry; NO_REPLACE: a rename
   replaces nothing. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int lacks(const char *what) {
    const char *number = getenv(what);
    if (number) errno = atoi(number);
    return number != NULL;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The name that an entry has in its folder, where that differs only in case. */
static int find_folded(const char *path, char *found) {
    const char *name = strrchr(path, '/');
    if (!getenv("FOLDS") || !name) return 0;
    snprintf(found, 4096, "%.*s", (int)(name - path), path);
    DIR *folder = opendir(found);
    struct dirent *entry = NULL;
    while (folder && (entry = readdir(folder)) && strcasecmp(entry->d_name, name + 1)) continue;
    if (entry) snprintf(found + (name - path), 4096 - (name - path), "/%s", entry->d_name);
    if (folder) closedir(folder);
    return entry != NULL;
}

int lstat(const char *path, struct stat *status) {
    char found[4096];
    if (REAL(lstat)(path, status) == 0) return 0;
    int error = errno;
    if (error == ENOENT && find_folded(path, found)) return REAL(lstat)(found, status);
    errno = error;
    return -1;
}

int open(const char *path, int flags, ...) {
    char found[4096];
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (!find_folded(path, found)) return REAL(open)(path, flags, mode);
    if (!(flags & O_EXCL)) return REAL(open)(found, flags, mode);
    errno = EEXIST;
    return -1;
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    char found[4096];
    if (flags && !getenv("NO_RENAME") && find_folded(to, found)) {
        errno = EEXIST;
        return -1;
    }
    return lacks("NO_RENAME") ? -1 : REAL(renameat2)(a, from, b, to, flags);
}

int link(const char *from, const char *to) { return lacks("NO_LINK") ? -1 : REAL(link)(from, to); }

int rename(const char *from, const char *to) {
    if (getenv("DIES")) _exit(9);
    if (access(to, F_OK) == 0 && lacks("NO_REPLACE")) return -1;
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
