#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int undo(const char *path, int error) {
    unlink(path);
    errno = error;
    return -1;
}

/* Both names lead to one entry of a folder: they differ in what the file system does not mind, such as case. */
static int are_one(const char *from, const char *to) {
    struct stat one, other;
    return lstat(from, &one) == 0 && lstat(to, &other) == 0 && one.st_nlink == 1 && one.st_dev == other.st_dev
        && one.st_ino == other.st_ino;
}

/* An empty file under a name that is to be ours, locked: made, or left by one that died before its rename. */
static int reserve(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int is_new = descriptor >= 0;
    if (!is_new && errno == EEXIST) descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno == ENXIO || errno == ELOOP || errno == EISDIR) errno = EEXIST;
        return -1;
    }
    int is_locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    int has_locks = is_locked || errno == EWOULDBLOCK;
    struct stat held, named;
    int is_there = fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
        && held.st_dev == named.st_dev && S_ISREG(held.st_mode) && held.st_size == 0;
    if (is_there && (is_locked || (is_new && !has_locks))) return descriptor;
    close(descriptor);
    errno = EEXIST;
    return -1;
}

static int rename_over_reservation(const char *from, const char *to) {
    if (access(from, F_OK) != 0) return -1;
    int descriptor = reserve(to);
    if (descriptor < 0) return -1;
    int result = rename(from, to);
    if (result != 0) {
        int error = errno;
        result = undo(to, error);
        // One that replaces nothing needs no reservation.
        if (error == EEXIST) result = rename(from, to);
    }
    int error = errno;
    close(descriptor);
    errno = error;
    return result;
}

int posix_rename_without_replacing(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno == EEXIST && are_one(from, to)) return rename(from, to);
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM) return -1;
    // Over NFS a call may have done its work and say that it found it done.
    if (link(from, to) == 0) return unlink(from) == 0 || errno == ENOENT ? 0 : undo(to, errno);
    if (errno == EEXIST && !are_one(from, to)) {
        struct stat status;
        // What a crash left of the third way; another's file has bytes.
        if (lstat(to, &status) != 0 || status.st_size != 0) {
            errno = EEXIST;
            return -1;
        }
    }
    return are_one(from, to) ? rename(from, to) : rename_over_reservation(from, to);
}
