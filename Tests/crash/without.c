/* Preloaded, leaves out what SEGUE_WITHOUT names: "PROGRAM sync GLOB" each fsync and fdatasync of such paths, "PROGRAM rename GLOB" that such names
   appear in one step: the bytes are written under them instead. A traced call tells where a sync was left out.
   With SEGUE_CALLERS a call that fails, and is traced, tells before each sync and rename who makes it: the addresses in the program, innermost
   first, with a comma behind each. If SEGUE_WITHOUT_CALLERS is not empty, only calls are left out whose callers begin so: with one of these texts, which have a
   space between them; "-" is for those behind a library. With SEGUE_NO_LINKS there are no hard links, and no rename that replaces nothing, as on some file systems. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum { CALLERS = 24 };

/* Only who calls from the program itself is named: nobody behind a library, whose frames may lead astray. */
static void name_callers(char *text, size_t room) {
    void *callers[CALLERS];
    struct dl_find_object own, found;
    int depth = _dl_find_object((void *)name_callers, &own) ? 0 : backtrace(callers, CALLERS);
    size_t length = 0;
    text[0] = 0;
    for (int at = 0; at < depth && length + 20 < room && _dl_find_object(callers[at], &found) == 0; at++) {
        const struct link_map *map = found.dlfo_link_map;
        if (map == own.dlfo_link_map) continue;
        if (map->l_name[0]) break;
        length += snprintf(text + length, room - length, "%lx,", (unsigned long)callers[at] - map->l_addr);
    }
}

static int is_of_these(const char *callers) {
    const char *each = getenv("SEGUE_WITHOUT_CALLERS");
    if (!each || !*each) return 1;
    for (; *each; each += strspn(each, " ")) {
        size_t length = strcspn(each, " ");
        if (*each == '-' ? !*callers : !strncmp(each, callers, length)) return 1;
        each += length;
    }
    return 0;
}

static int is_left_out(const char *call, const char *path) {
    const char *told = getenv("SEGUE_WITHOUT");
    char program[64], name[16], glob[4096], callers[1024] = "callers ";
    if (!told && !getenv("SEGUE_CALLERS")) return 0;
    name_callers(callers + 8, sizeof callers - 8);
    if (getenv("SEGUE_CALLERS")) openat(-1, callers, O_PATH | O_CLOEXEC);
    if (!told || sscanf(told, "%63s %15s %4095[^\n]", program, name, glob) != 3) return 0;
    return !strcmp(program, program_invocation_short_name) && !strcmp(name, call) && fnmatch(glob, path, FNM_PATHNAME) == 0 && is_of_these(callers + 8);
}

static int is_sync_left_out(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!is_left_out("sync", path)) return 0;
    fcntl(descriptor, F_GETLEASE);
    return 1;
}

int fsync(int descriptor) { return is_sync_left_out(descriptor) ? 0 : REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { return is_sync_left_out(descriptor) ? 0 : REAL(fdatasync)(descriptor); }

static int write_in_place(const char *from, const char *to, int flags) {
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0) return -1;
    struct stat status;
    int target = fstat(source, &status) == 0 ? open(to, O_WRONLY | O_CREAT | O_CLOEXEC | flags, status.st_mode & 0777) : -1;
    char bytes[4096];
    ssize_t count = 0;
    while (target >= 0 && (count = read(source, bytes, sizeof bytes)) > 0 && (count = write(target, bytes, count)) > 0) continue;
    int error = errno;
    if (target >= 0) {
        REAL(fsync)(target);
        close(target);
    }
    close(source);
    errno = error;
    return target < 0 || count < 0 ? -1 : unlink(from);
}

int rename(const char *from, const char *to) {
    return is_left_out("rename", to) ? write_in_place(from, to, O_TRUNC) : REAL(rename)(from, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    if (flags && getenv("SEGUE_NO_LINKS")) {
        errno = EINVAL;
        return -1;
    }
    return is_left_out("rename", to) ? write_in_place(from, to, O_EXCL) : REAL(renameat2)(a, from, b, to, flags);
}

int link(const char *from, const char *to) {
    if (!getenv("SEGUE_NO_LINKS")) return REAL(link)(from, to);
    errno = access(to, F_OK) == 0 ? EEXIST : EPERM;
    return -1;
}
