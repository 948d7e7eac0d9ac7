#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers may be older than the kernel: these are the numbers of its interface. */
enum {
    EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5, MAKE_DIR = 1 << 7, MAKE_REG = 1 << 8, REFER = 1 << 13, TRUNCATE = 1 << 14,
    /* All that each version can refuse. */
    ALL_2 = (1 << 14) - 1, ALL_3 = (1 << 15) - 1, ALL_5 = (1 << 16) - 1,
    BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1, SCOPES = 3, PATH_BENEATH = 1, WITH_VERSION = 1
};

struct ruleset {
    uint64_t files, network, scopes;
};

struct path_rule {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));

int posix_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, WITH_VERSION);
    // The first version refuses every rename between folders, also within the library.
    return version < 2 ? 0 : (int)version;
}

static uint64_t refusable(int version) { return version >= 5 ? ALL_5 : version >= 3 ? ALL_3 : ALL_2; }

int posix_jail_make(unsigned powers) {
    int version = posix_landlock_version();
    struct ruleset all = {
        .files = refusable(version),
        .network = version < 4 ? 0 : powers & POSIX_MAY_CONNECT ? BIND_TCP : BIND_TCP | CONNECT_TCP,
        .scopes = version < 6 ? 0 : SCOPES};
    if (version == 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) return -1;
    // Out of the way of the descriptors that a program is given.
    int moved = fcntl(rules, F_DUPFD_CLOEXEC, 16);
    close(rules);
    return moved;
}

int posix_jail_allow(int jail, const char *path, int use) {
    static const uint64_t of_files = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE;
    uint64_t access = READ_FILE | READ_DIR;
    if (use == POSIX_RUN) access |= EXECUTE;
    if (use == POSIX_WRITE)
        access |= WRITE_FILE | TRUNCATE | MAKE_REG | MAKE_DIR | REMOVE_FILE | REMOVE_DIR | REFER;
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return -1;
    struct stat status;
    int failed = fstat(place, &status);
    if (!S_ISDIR(status.st_mode)) access &= of_files;
    struct path_rule rule = {access & refusable(posix_landlock_version()), place};
    failed = failed || syscall(SYS_landlock_add_rule, jail, PATH_BENEATH, &rule, 0);
    int code = errno;
    close(place);
    errno = code;
    return failed ? -1 : 0;
}

int posix_landlock_enter(int jail) { return (int)syscall(SYS_landlock_restrict_self, jail, 0); }
