#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#error "this machine's number for the kernel's filter is not known"
#endif

/* What no stage needs: it would reach other processes, the whole machine, or round the rules on files. */
static const int refused[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_pidfd_getfd, SYS_kcmp,
    SYS_move_pages, SYS_migrate_pages, SYS_perf_event_open, SYS_bpf, SYS_userfaultfd, SYS_io_uring_setup,
    SYS_keyctl, SYS_add_key, SYS_request_key, SYS_mount, SYS_umount2, SYS_move_mount, SYS_open_tree, SYS_fsopen,
    SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns,
    SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_fanotify_init, SYS_quotactl, SYS_swapon, SYS_swapoff,
    SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_acct, SYS_syslog,
    SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname,
    SYS_vhangup, SYS_personality, SYS_setsid, SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semop, SYS_semtimedop,
    SYS_semctl, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_mq_open, SYS_mq_unlink, SYS_inotify_add_watch,
    SYS_symlinkat, SYS_mknodat, SYS_listen, SYS_kexec_file_load, 443 /* quotactl_fd */, 467 /* open_tree_attr */,
#if defined(__x86_64__)
    SYS_symlink, SYS_mknod, SYS_modify_ldt, SYS_iopl, SYS_ioperm,
#endif
};

/* Landlock knows nothing of owners, modes, times and attributes: these calls reach every file of the user. */
static const int of_owners[] = {
    SYS_fchmod, SYS_fchmodat, 452 /* fchmodat2 */, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr,
    SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, 463 /* setxattrat */,
    466 /* removexattrat */, 469 /* file_setattr */,
#if defined(__x86_64__)
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

/* The argument with that index names a process; 0 is the caller. */
static const struct { int call, process; } of_others[] = {
    {SYS_prlimit64, 0}, {SYS_sched_setaffinity, 0}, {SYS_sched_setscheduler, 0}, {SYS_sched_setparam, 0},
    {SYS_sched_setattr, 0},
};

/* The second argument names a process if the first one is `which`, and else all processes of a group or a user. */
static const struct { int call, which; } of_many[] = {
    {SYS_setpriority, 0 /* PRIO_PROCESS */}, {SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */},
};

enum {
    /* CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID and CLONE_NEWNET. */
    NAMESPACES = 0x7E020000,
    /* The numbers of another interface of the same machine. */
    X32 = 0x40000000,
    /* The first number of which it is not known here what it does. */
    UNKNOWN = 470,
    MOST = 512,
};

struct filter {
    struct sock_filter steps[MOST];
    unsigned short count;
};

static void add(struct filter *filter, struct sock_filter step) { filter->steps[filter->count++] = step; }

static void load(struct filter *filter, size_t offset) {
    add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void load_argument(struct filter *filter, int index) {
    // The lower half, which is all that the kernel looks at in these calls.
    load(filter, offsetof(struct seccomp_data, args) + sizeof(__u64) * (size_t)index);
}

static void give(struct filter *filter, unsigned verdict) {
    add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static void refuse(struct filter *filter, int error) { give(filter, SECCOMP_RET_ERRNO | (unsigned)error); }

/* The next `steps` are passed over unless what was loaded compares so with `value`. */
static void when(struct filter *filter, unsigned short comparison, unsigned value, unsigned char steps) {
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, 0, steps));
}

static void refuse_call(struct filter *filter, int call, int error) {
    when(filter, BPF_JEQ, (unsigned)call, 1);
    refuse(filter, error);
}

static void refuse_for_others(struct filter *filter, int call, int argument) {
    when(filter, BPF_JEQ, (unsigned)call, 4);
    load_argument(filter, argument);
    when(filter, BPF_JEQ, 0, 1);
    give(filter, SECCOMP_RET_ALLOW);
    refuse(filter, EPERM);
}

static void refuse_for_many(struct filter *filter, int call, int which) {
    when(filter, BPF_JEQ, (unsigned)call, 6);
    load_argument(filter, 0);
    when(filter, BPF_JEQ, (unsigned)which, 3);
    load_argument(filter, 1);
    when(filter, BPF_JEQ, 0, 1);
    give(filter, SECCOMP_RET_ALLOW);
    refuse(filter, EPERM);
}

/* One that is connected from the start cannot be sent elsewhere; of datagrams each may name whom it goes to. */
static void hold_pairs(struct filter *filter) {
    when(filter, BPF_JEQ, SYS_socketpair, 7);
    load_argument(filter, 1);
    add(filter, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xF));
    when(filter, BPF_JEQ, SOCK_STREAM, 1);
    give(filter, SECCOMP_RET_ALLOW);
    when(filter, BPF_JEQ, SOCK_SEQPACKET, 1);
    give(filter, SECCOMP_RET_ALLOW);
    refuse(filter, ENETUNREACH);
}

static void hold_sockets(struct filter *filter, unsigned powers) {
    // Not the word that files are refused with: people are to see what is lacking.
    if (!(powers & POSIX_MAY_CONNECT)) {
        hold_pairs(filter);
        return refuse_call(filter, SYS_socket, ENETUNREACH);
    }
    static const int allowed[] = {AF_UNIX, AF_INET, AF_INET6};
    when(filter, BPF_JEQ, SYS_socket, 8);
    load_argument(filter, 0);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        when(filter, BPF_JEQ, (unsigned)allowed[i], 1);
        give(filter, SECCOMP_RET_ALLOW);
    }
    refuse(filter, EACCES);
}

static void hold_processes(struct filter *filter, unsigned powers) {
    // Its flags lie in memory, which a filter cannot read; the C library then takes the older call.
    refuse_call(filter, SYS_clone3, ENOSYS);
    int may_start = powers & POSIX_MAY_START;
    when(filter, BPF_JEQ, SYS_clone, may_start ? 4 : 6);
    load_argument(filter, 0);
    when(filter, BPF_JSET, NAMESPACES, 1);
    refuse(filter, EPERM);
    if (!may_start) {
        when(filter, BPF_JSET, CLONE_THREAD, 1);
        give(filter, SECCOMP_RET_ALLOW);
        refuse(filter, EPERM);
    } else {
        give(filter, SECCOMP_RET_ALLOW);
    }
#if defined(__x86_64__)
    if (!may_start) refuse_call(filter, SYS_fork, EPERM);
    if (!may_start) refuse_call(filter, SYS_vfork, EPERM);
#endif
}

/* Keystrokes for a terminal, and flags of files, which an open file is enough for. */
static void hold_devices(struct filter *filter) {
    static const unsigned held[] = {TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR};
    enum { HELD = sizeof held / sizeof *held };
    when(filter, BPF_JEQ, SYS_ioctl, 2 + 2 * HELD);
    load_argument(filter, 1);
    for (size_t i = 0; i < HELD; i++) {
        when(filter, BPF_JEQ, held[i], 1);
        refuse(filter, EPERM);
    }
    give(filter, SECCOMP_RET_ALLOW);
}

static void hold_machine(struct filter *filter) {
    load(filter, offsetof(struct seccomp_data, arch));
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0));
    give(filter, SECCOMP_RET_KILL_PROCESS);
    load(filter, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    when(filter, BPF_JGE, X32, 1);
    refuse(filter, ENOSYS);
#endif
    when(filter, BPF_JGE, UNKNOWN, 1);
    refuse(filter, ENOSYS);
}

int posix_seccomp_enter(unsigned powers) {
    struct filter filter = {.count = 0};
    hold_machine(&filter);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) refuse_call(&filter, refused[i], EPERM);
    if (!(powers & POSIX_MAY_REGROUP)) refuse_call(&filter, SYS_setpgid, EPERM);
    for (size_t i = 0; !(powers & POSIX_MAY_OWN) && i < sizeof of_owners / sizeof *of_owners; i++)
        refuse_call(&filter, of_owners[i], EPERM);
    hold_sockets(&filter, powers);
    hold_processes(&filter, powers);
    hold_devices(&filter);
    for (size_t i = 0; i < sizeof of_others / sizeof *of_others; i++)
        refuse_for_others(&filter, of_others[i].call, of_others[i].process);
    for (size_t i = 0; i < sizeof of_many / sizeof *of_many; i++)
        refuse_for_many(&filter, of_many[i].call, of_many[i].which);
    give(&filter, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {filter.count, filter.steps};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}
