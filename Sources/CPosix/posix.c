#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static _Atomic long long stopped_at;
static int stop_pipe[2] = {-1, -1};

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static _Atomic int sharing[256];
static _Atomic unsigned sharing_count;

void posix_share_interruptions(void) {
    unsigned place = atomic_fetch_add(&sharing_count, 1);
    if (place < sizeof sharing / sizeof *sharing) sharing[place] = gettid();
}

/* A call that began just before a signal would wait on: this one comes again and again, and to one thread, which passes it
   on to the others. */
static void interrupt(int signal, siginfo_t *information, void *context) {
    (void)context;
    if (information->si_code == SI_TKILL) return;
    int saved = errno;
    for (size_t place = 0; place < sizeof sharing / sizeof *sharing && sharing[place]; place++)
        tgkill(getpid(), sharing[place], signal);
    if (sharing_count) tgkill(getpid(), getpid(), signal);
    alarm(1);
    errno = saved;
}

static void note_stop(int signal) {
    (void)signal;
    int saved = errno;
    long long none = 0;
    if (__atomic_compare_exchange_n((long long *)&stopped_at, &none, now(), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        ssize_t ignored = write(stop_pipe[1], "", 1);
        (void)ignored;
        alarm(1);
    }
    errno = saved;
}

int posix_hold_standard_descriptors(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0) continue;
        // The wrong way round for stdin and stdout, so that using them still fails.
        if (open("/dev/null", descriptor == 1 ? O_RDONLY : O_WRONLY) != descriptor) return -1;
    }
    return 0;
}

void posix_keep_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 2 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

int posix_stop_on_signals(void) {
    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action = {.sa_handler = note_stop};
    struct sigaction again = {.sa_sigaction = interrupt, .sa_flags = SA_SIGINFO};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGALRM, &again, NULL)) return -1;
    if (sigaction(SIGTERM, &action, NULL) || sigaction(SIGINT, &action, NULL) || sigaction(SIGPIPE, &ignore, NULL)) return -1;
    return stop_pipe[0];
}

long long posix_stopped_at(void) { return stopped_at; }

long posix_copy(int from, int to, size_t most) { return copy_file_range(from, NULL, to, NULL, most, 0); }

int posix_reserve(int descriptor, long length, long room) {
    // Only this looks at the limit on the size of files.
    if (ftruncate(descriptor, length + room) || ftruncate(descriptor, length)) return -1;
    if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, length, room) == 0) return 0;
    if (errno != EOPNOTSUPP) return -1;
    int failure = posix_fallocate(descriptor, length, room);
    if (ftruncate(descriptor, length)) return -1;
    errno = failure;
    return failure ? -1 : 0;
}

int posix_mark(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

void posix_begin_synchronising(int descriptor) { sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE); }

int posix_watch_signals(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL)) return -1;
    sigset_t watched;
    sigemptyset(&watched);
    const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, SIGWINCH};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&watched, numbers[i]);
    errno = pthread_sigmask(SIG_BLOCK, &watched, NULL);
    return errno ? -1 : signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

int posix_next_signal(int descriptor) {
    struct signalfd_siginfo information;
    return read(descriptor, &information, sizeof information) == sizeof information ? (int)information.ssi_signo : 0;
}

int posix_cells(unsigned scalar) {
    // The table of widths belongs to a locale, and wcwidth knows only the current one.
    static locale_t utf8;
    static int asked;
    if (!asked) {
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        asked = 1;
    }
    if (utf8 == (locale_t)0) return -1;
    locale_t before = uselocale(utf8);
    int cells = wcwidth((wchar_t)scalar);
    uselocale(before);
    return cells;
}
