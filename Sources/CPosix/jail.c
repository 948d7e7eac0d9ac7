#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void posix_hide_memory(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

/* Threads of the whole machine, of which this user's are a part. */
static long threads(void) {
    char text[128] = "";
    int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    long running, all;
    return count > 0 && sscanf(text, "%*s %*s %*s %ld/%ld", &running, &all) == 2 ? all : 0;
}

static void lower(int resource, rlim_t most) {
    struct rlimit limit;
    if (getrlimit(resource, &limit)) return;
    if (limit.rlim_cur > most) limit.rlim_cur = most;
    if (limit.rlim_max > most) limit.rlim_max = most;
    setrlimit(resource, &limit);
}

/* Root keeps what opens files of other users, and nothing that rules the machine. */
static void drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct held[2];
    const __u32 kept = 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | 1u << CAP_FSETID;
    if (syscall(SYS_capget, &header, held)) return;
    held[0].effective &= kept;
    held[0].permitted &= kept;
    held[0].inheritable = held[1].effective = held[1].permitted = held[1].inheritable = 0;
    syscall(SYS_capset, &header, held);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int enter(const struct posix_jail *jail) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    lower(RLIMIT_CORE, 0);
    if (jail->most_bytes > 0) lower(RLIMIT_FSIZE, (rlim_t)jail->most_bytes);
    if (jail->most_processes > 0) lower(RLIMIT_NPROC, (rlim_t)jail->most_processes);
    drop_capabilities();
    if (jail->rules >= 0) {
        // Each process has its own, so this is done where it will run.
        posix_jail_allow(jail->rules, "/proc/self", POSIX_READ);
        if (posix_landlock_enter(jail->rules)) return -1;
        close(jail->rules);
    }
    return posix_seccomp_enter(jail->powers);
}

long posix_process_limit(long more) {
    long all = threads();
    return all > 0 ? all + more : 0;
}

struct start {
    const char *path;
    char *const *arguments, *const *environment;
    const int *descriptors;
    const struct posix_jail *jail;
    volatile int error;
};

/* All from the first one on, and the rules among them, close at the exec. */
static void close_from(unsigned first) {
    if (syscall(SYS_close_range, first, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */) == 0) return;
    // An older kernel: ours close by themselves, and libraries open few.
    for (int number = (int)first; number < 4096; number++) fcntl(number, F_SETFD, FD_CLOEXEC);
}

int posix_run_jailed(
    const char *path, char *const arguments[], char *const environment[], int events, const struct posix_jail *jail) {
    close_from(3);
    if (events > 2) fcntl(events, F_SETFD, 0);
    static const char folder[] = "/dev/fd/";
    for (char *const *argument = arguments; *argument; argument++)
        for (const char *named = *argument; (named = strstr(named, folder)); named += strlen(folder))
            fcntl(atoi(named + strlen(folder)), F_SETFD, 0);
    if (enter(jail) != 0) return -errno;
    execve(path, arguments, environment);
    return errno;
}

/* Between vfork and exec in the memory of the parent: it calls the kernel, and nothing that takes locks. */
static void __attribute__((noreturn)) become(struct start *start) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &standard, NULL);
    int failed = setpgid(0, 0);
    int count = start->descriptors[3] < 0 ? 3 : 4;
    for (int number = 0; number < count && !failed; number++) {
        int descriptor = start->descriptors[number];
        if (descriptor == number) failed = fcntl(number, F_SETFD, 0) < 0;
        else failed = dup2(descriptor, number) < 0;
    }
    if (!failed) {
        close_from((unsigned)count);
        int held = enter(start->jail) == 0;
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (held) execve(start->path, start->arguments, start->environment);
        start->error = held ? errno : -errno;
    } else {
        start->error = errno;
    }
    _exit(127);
}

int posix_start_jailed(
    const char *path, char *const arguments[], char *const environment[], const int descriptors[4],
    const struct posix_jail *jail, int *child) {
    struct start start = {path, arguments, environment, descriptors, jail, 0};
    sigset_t all, before;
    sigfillset(&all);
    // A handler of ours must not run in the child, which shares our memory.
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t process = vfork();
    if (process == 0) become(&start);
    int error = process < 0 ? errno : start.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (process > 0 && error != 0) waitpid(process, NULL, 0);
    *child = process;
    return error;
}
