#pragma once

#include <stddef.h>

/// Gives descriptors 0 to 2, as far as they are closed, something that nothing comes from and nothing goes to, so that no
/// file of ours takes their numbers. Returns 0, or -1 with errno.
int posix_hold_standard_descriptors(void);

/// Keeps up to some megabytes of freed memory for the next allocation: else the kernel gives and clears the same pages for each
/// record again.
void posix_keep_memory(void);

/// Makes SIGTERM and SIGINT ask for a stop instead of ending the process, and ignores SIGPIPE.
/// From the first of them on, calls that wait are interrupted every second.
/// Returns a descriptor that becomes readable with the first signal, or -1 with errno.
int posix_stop_on_signals(void);

/// Nanoseconds of CLOCK_MONOTONIC at the first of those signals, or 0 while none has come.
long long posix_stopped_at(void);

/// From now on those interruptions reach the calling thread too, beside the first one and 255 more.
void posix_share_interruptions(void);

/// Renames unless the new name is taken: 0, or -1 with errno (EEXIST when it is).
/// Falls back on a hard link where the file system has no such rename, and where it has no links either on an empty file
/// of that name, which it then renames over; an empty one that a crash left so is taken over.
int posix_rename_without_replacing(const char *from, const char *to);

/// Copies up to `most` bytes within the kernel, from one file's position to the other's, sharing blocks where it can:
/// how many, 0 at the end, or -1 with errno. The target must not be open for appending.
long posix_copy(int from, int to, size_t most);

/// Sees that a file of `length` bytes can grow by `room`, and sets that aside where the file system can: 0, or -1 with
/// errno. The length stays.
int posix_reserve(int descriptor, long length, long room);

/// Opens what has that path as a mark of it alone, through which nothing is read and whose end frees none of its locks: a
/// descriptor, or -1 with errno.
int posix_mark(const char *path);

/// Begins to write what a file has in memory to its disk, without waiting; nothing where the system cannot.
void posix_begin_synchronising(int descriptor);

/// Starts `/bin/sh -c command` in a process group of its own, with pipes for stdin and stdout, our stderr, no other
/// descriptor of ours, every signal as the system has it, and our environment unless there is one for it. Sets our two
/// ends, which do not block.
/// Returns its process id, or -1 with errno.
int posix_start_coprocess(const char *command, char *const environment[], int *to, int *from);

/// Starts the program at `path` in a process group of its own, with these descriptors as its 0, 1 and 2, `events` as its
/// 3 unless that is -1, no other descriptor of ours, and every signal as the system has it. Sets its process id.
/// Returns 0, or what went wrong as errno has it.
int posix_start(
    const char *path, char *const arguments[], char *const environment[], int in, int out, int errors, int events,
    int *child);

/// What `posix_jail_allow` allows with a path: to read it; to run it too; or to read, write, make and remove.
enum { POSIX_READ, POSIX_RUN, POSIX_WRITE };

/// What else a jailed program may do: use the network and sockets of this machine; start programs; give them process groups of
/// their own; change owners, modes, times and attributes of files.
enum { POSIX_MAY_CONNECT = 1, POSIX_MAY_START = 2, POSIX_MAY_REGROUP = 4, POSIX_MAY_OWN = 8 };

/// What a program is held to.
struct posix_jail {
    /// The descriptor of `posix_jail_make`; -1 where the kernel has no Landlock.
    int rules;
    unsigned powers;
    /// The longest file that it may write, and how many processes its user may have; 0 for as many as before.
    long most_bytes, most_processes;
};

/// The version of Landlock that the kernel has, from 2 on, or 0: it refuses what no rule allows.
int posix_landlock_version(void);

/// A set of rules for what a program may do with files and the network, without any yet: its descriptor, or -1 with errno.
int posix_jail_make(unsigned powers);

/// Allows a use of a path and of all below it: 0, or -1 with errno.
int posix_jail_allow(int jail, const char *path, int use);

/// Holds the calling thread to rules, or to a filter of calls, and all that it starts; it cannot gain privileges any more.
/// 0, or -1 with errno.
int posix_landlock_enter(int jail);
int posix_seccomp_enter(unsigned powers);

/// How many processes the user may have if there may be `more` than there are on the machine; 0 if that is not known.
long posix_process_limit(long more);

/// As `posix_start`, with four descriptors as its 0 to 3, of which the last may be -1, held to a jail; what went wrong is negative
/// where it could not be held.
int posix_start_jailed(
    const char *path, char *const arguments[], char *const environment[], const int descriptors[4],
    const struct posix_jail *jail, int *child);

/// Becomes another program that is held to a jail, with the descriptors 0 to 2, `events` unless that is -1, and those that its
/// arguments name as /dev/fd/N; returns what went wrong, as `posix_start_jailed` does.
int posix_run_jailed(
    const char *path, char *const arguments[], char *const environment[], int events, const struct posix_jail *jail);

/// Keeps the memory of this process out of core files, and away from other processes of its user.
void posix_hide_memory(void);

/// Blocks SIGTERM, SIGINT, SIGHUP, SIGCHLD and SIGWINCH for the caller and the threads it starts, ignores SIGPIPE, and
/// returns a descriptor that becomes readable with each of them, or -1 with errno.
int posix_watch_signals(void);

/// The next signal from that descriptor, or 0 when none is left.
int posix_next_signal(int descriptor);

/// Columns that a terminal gives to a Unicode scalar, or -1 when the C library's table has none for it or is not there.
int posix_cells(unsigned scalar);

/// A pipe whose ends no program that is started gets: 0, or -1 with errno.
int posix_pipe(int *read_end, int *write_end);
