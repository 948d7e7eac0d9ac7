#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What Dispatch does with each of its threads: it ends the program if this fails. */
static void *look(void *nothing) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)gettid());
    int file = open(path, O_RDONLY);
    fprintf(stderr, "%s saw its thread: %s\n", program_invocation_short_name, file < 0 ? strerror(errno) : "yes");
    if (file >= 0) close(file);
    return nothing;
}

__attribute__((constructor)) static void start(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, look, NULL) == 0) pthread_join(thread, NULL);
}
