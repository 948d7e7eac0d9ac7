/* Preloaded, ends a stage just when it looks whether more lines are there, before it settles those that it worked on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

int poll(struct pollfd *descriptors, nfds_t count, int patience) {
    if (patience == 0) _exit(9);
    return ((__typeof__(&poll))dlsym(RTLD_NEXT, "poll"))(descriptors, count, patience);
}
