#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

int posix_start(
    const char *path, char *const arguments[], char *const environment[], int in, int out, int errors, int events,
    int *child) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    if (events >= 0) posix_spawn_file_actions_adddup2(&actions, events, 3);
    posix_spawn_file_actions_addclosefrom_np(&actions, events >= 0 ? 4 : 3);
    int error = posix_spawn(child, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* Whether a jail of ours holds this process: its filter refuses the call before anyone sees that there is no such descriptor. */
static int is_held(void) { return listen(-1, 0) != 0 && errno == EPERM; }

int posix_start_coprocess(const char *command, char *const environment[], int *to, int *from) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0) return -1;
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return -1;
    }
    int child = -1;
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    if (!environment) environment = environ;
    // In a jail it is held once more: it must not leave the group that it is given.
    const struct posix_jail same = {.rules = -1, .powers = POSIX_MAY_CONNECT | POSIX_MAY_START | POSIX_MAY_OWN};
    const int descriptors[4] = {in[0], out[1], 2, -1};
    int error = is_held()
        ? posix_start_jailed("/bin/sh", arguments, environment, descriptors, &same, &child)
        : posix_start("/bin/sh", arguments, environment, in[0], out[1], 2, -1, &child);
    if (error < 0) error = -error;
    close(in[0]);
    close(out[1]);
    if (error != 0) {
        close(in[1]);
        close(out[0]);
        errno = error;
        return -1;
    }
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    *to = in[1];
    *from = out[0];
    return child;
}

int posix_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}
