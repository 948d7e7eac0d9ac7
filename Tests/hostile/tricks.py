"""A stage that tries what a stranger's stage might: each record's id names a trick, and its answer says what came of it.

A trick returns what it got; one that the kernel refuses raises an OSError.
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import pathlib
import platform
import resource
import socket
import struct
import subprocess
import sys
import threading

TARGETS = json.loads(sys.argv[1]) if len(sys.argv) == 2 else {"home": "/"}
HOME = pathlib.Path(TARGETS["home"])
DRIVER = os.getppid()
LIBC = ctypes.CDLL(None, use_errno=True)
# The numbers of the calls that the C library has no names for.
NUMBERS = {
    "x86_64": {"ptrace": 101, "process_vm_readv": 310, "pidfd_open": 434, "pidfd_getfd": 438, "io_uring_setup": 425, "userfaultfd": 323,
        "perf_event_open": 298, "bpf": 321, "add_key": 248, "shmget": 29, "memfd_create": 319, "clock_settime": 227, "ioprio_set": 251},
    "aarch64": {"ptrace": 117, "process_vm_readv": 270, "pidfd_open": 434, "pidfd_getfd": 438, "io_uring_setup": 425, "userfaultfd": 282,
        "perf_event_open": 241, "bpf": 280, "add_key": 217, "shmget": 194, "memfd_create": 279, "clock_settime": 112, "ioprio_set": 30},
}[platform.machine()] | {"setxattrat": 463, "file_getattr": 468, "file_setattr": 469}


def call(name, *arguments):
    return checked(LIBC.syscall(NUMBERS[name], *arguments), name)


def checked(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), what)
    return result or 1


def spooled():
    return pathlib.Path(RECORD["file"]["path"])


def song():
    return pathlib.Path(TARGETS["song"])


# Reading what is somebody else's.

def keyring(): return (HOME / "keys.txt").read_text()
def credentials(): return (HOME / "credentials").read_text()
def ledger(): return (HOME / "state/ledger.sqlite").read_bytes()[:16]
def catalogue(): return song().read_bytes()
def shadow(): return pathlib.Path("/etc/shadow").read_text()
def working_folder(): return os.listdir(HOME)
def home_folder(): return os.listdir(os.path.expanduser("~"))
def keyring_by_the_root(): return pathlib.Path(f"/proc/self/root{HOME}/keys.txt").read_text()
def keyring_by_the_working_folder(): return pathlib.Path("/proc/self/cwd/keys.txt").read_text()
def keyring_by_another_program(): return subprocess.run(["cat", HOME / "keys.txt"], capture_output=True, check=True).stdout
def keyring_by_a_shell(): return subprocess.run(f". {HOME}/keys.txt || cat < {HOME}/keys.txt", shell=True, capture_output=True, check=True).stdout
def environment_of_the_driver(): return pathlib.Path(f"/proc/{DRIVER}/environ").read_bytes()
def memory_of_the_driver(): return os.open(f"/proc/{DRIVER}/mem", os.O_RDONLY)
def descriptors_of_the_driver(): return os.listdir(f"/proc/{DRIVER}/fd")
def secret_variable(): return os.environ.get("MUSIC_PASSWORD") or refuse()
def secret_variable_of_the_shell(): return subprocess.run('test -n "$MUSIC_PASSWORD"', shell=True, check=True)


def keyring_by_a_hard_link():
    link = spooled().with_name("link")
    os.link(HOME / "keys.txt", link)
    try:
        return link.read_text()
    finally:
        link.unlink()


def keyring_by_a_symlink():
    link = spooled().with_name("symlink")
    os.symlink(HOME / "keys.txt", link)
    try:
        return link.read_text()
    finally:
        link.unlink()


def keyring_in_a_race():
    """One thread changes where a name leads while another opens it."""
    folder, got = spooled().parent, []
    decoy, name = folder / "decoy", folder / "name"

    def swap():
        for target in [spooled(), HOME / "keys.txt"] * 20:
            os.symlink(target, decoy)
            os.rename(decoy, name)

    def read():
        for _ in range(2000):
            if name.exists() and "canary" in (text := name.read_text(errors="replace")):
                return got.append(text)

    threads = [threading.Thread(target=read)]
    try:
        threads[0].start()
        swap()
        threads[0].join()
    finally:
        for path in (decoy, name):
            path.unlink(missing_ok=True)
    return got or refuse()


def inherited_descriptors():
    """3 takes events; a Landlock rule, the ledger or another stage's pipe would be higher."""
    return INHERITED or refuse()


def is_open(number):
    try:
        return fcntl.fcntl(number, fcntl.F_GETFD) >= 0
    except OSError:
        return False


BYTE = ctypes.c_char(b"1")
INHERITED = [number for number in range(4, 256) if is_open(number)]


def refuse():
    raise PermissionError(errno.EPERM, "there is nothing")


# Changing what is somebody else's.

def new_file_in_the_library(): return (song().parent / "new.flac").write_text("mine")
def song_overwritten(): return song().write_text("mine")
def song_appended_to(): return song().open("a").write("mine")
def song_cut_short(): return os.truncate(song(), 1) or 1
def song_removed(): return song().unlink() or 1
def song_renamed(): return os.rename(song(), song().with_name("other.flac")) or 1
def song_exchanged(): return os.rename(spooled(), song()) or 1
def song_forbidden(): return os.chmod(song(), 0) or 1
def song_given_away(): return os.chown(song(), os.getuid(), os.getgid()) or 1
def song_made_old(): return os.utime(song(), (0, 0)) or 1
def song_labelled(): return os.setxattr(song(), "user.mine", b"1") or 1
def song_labelled_by_a_newer_call(): return call("setxattrat", -100, os.fsencode(song()), 0, b"user.mine", struct.pack("QII", ctypes.addressof(BYTE), 1, 0), 16)
def folder_of_the_library(): return os.mkdir(song().parent / "mine") or 1
def input_changed(): return spooled().open("r+").write("mine")
def input_removed(): return spooled().unlink() or 1
def input_forbidden(): return os.fchmod(os.open(spooled(), os.O_RDONLY), 0) or 1
def input_flagged(): return with_flags(lambda file, flags: fcntl.ioctl(file, 0x40086602, flags)) or 1
def file_in_the_spool(): return spooled().with_name("mine").write_text("mine")
def ledger_changed(): return (HOME / "state/ledger.sqlite").open("r+b").write(b"mine")
def pipeline_changed(): return (HOME / "pipeline.yaml").open("a").write("\n")
def own_program_changed(): return pathlib.Path(__file__).open("a").write("\n")
def keyring_opened_to_all(): return os.chmod(HOME / "keys.txt", 0o644) or 1
def temporary_file(): return pathlib.Path(f"/tmp/segue-hostile-{os.getpid()}").write_text("mine")
def shared_memory_file(): return pathlib.Path(f"/dev/shm/segue-hostile-{os.getpid()}").write_text("mine")
def pipe_in_the_spool(): return os.mkfifo(spooled().with_name("pipe")) or 1
def device_in_the_spool(): return os.mknod(spooled().with_name("device"), 0o020666, os.makedev(1, 3)) or 1
def disk_filled(): return spooled().with_name("full").write_bytes(bytes(1 << 20))


def song_flagged():
    flags = ctypes.create_string_buffer(24)
    call("file_getattr", -100, os.fsencode(song()), flags, 24, 0)
    return call("file_setattr", -100, os.fsencode(song()), flags, 24, 0)


def with_flags(act):
    """Opened to be read, which is all that it takes to change them."""
    file = os.open(spooled(), os.O_RDONLY)
    try:
        return act(file, fcntl.ioctl(file, 0x80086601, bytes(8)))
    finally:
        os.close(file)


# The network, and other programs of this machine.

def connected(family, address):
    with socket.socket(family) as one:
        one.settimeout(5)
        one.connect(address)
        return one.recv(5) or refuse()


def tcp(): return connected(socket.AF_INET, ("127.0.0.1", TARGETS["port"]))
def unix_socket(): return connected(socket.AF_UNIX, TARGETS["socket"])
def abstract_socket(): return connected(socket.AF_UNIX, "\0" + TARGETS["abstract"])
def datagram(): return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", TARGETS["datagram"])
def udp(): return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", TARGETS["port"]))
def tcp6(): return socket.socket(socket.AF_INET6)
def raw_packets(): return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
def netlink(): return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
def listening(): return socket.create_server(("127.0.0.1", 0))
def network_by_another_program(): return subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], check=True, capture_output=True)
def ring_past_the_filter(): return call("io_uring_setup", 4, ctypes.create_string_buffer(120))


# Other processes, and the machine.

def signal_to_the_driver(): return os.kill(DRIVER, 0) or 1
def signal_to_a_sibling(): return os.kill(TARGETS["sibling"], 0) or 1
def signal_to_another_group(): return os.killpg(os.getpgid(TARGETS["sibling"]), 0) or 1
def signal_by_another_program(): return subprocess.run(["kill", "-0", str(DRIVER)], check=True, capture_output=True)
def driver_slowed(): return os.setpriority(os.PRIO_PROCESS, DRIVER, os.getpriority(os.PRIO_PROCESS, DRIVER)) or 1
def group_slowed(): return os.setpriority(os.PRIO_PGRP, 0, os.getpriority(os.PRIO_PGRP, 0)) or 1
def disk_of_the_group_slowed(): return call("ioprio_set", 2, 0, 2 << 13 | 4)
def driver_moved(): return os.sched_setaffinity(DRIVER, os.sched_getaffinity(DRIVER)) or 1
def driver_limited(): return resource.prlimit(DRIVER, resource.RLIMIT_NOFILE, resource.prlimit(DRIVER, resource.RLIMIT_NOFILE))
def driver_traced(): return in_a_child(lambda: call("ptrace", 0x4206, DRIVER, 0, 0))
def descriptor_taken(): return call("pidfd_getfd", call("pidfd_open", DRIVER, 0), 0, 0)
def session_of_its_own(): return in_a_child(os.setsid)
def group_of_its_own(): return in_a_child(lambda: os.setpgid(0, 0))
def core_files(): return resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096)) or resource.getrlimit(resource.RLIMIT_CORE)[0] or refuse()
def other_root(): return in_a_child(lambda: os.chroot("/usr"))
def other_users(): return checked(LIBC.unshare(0x10000000), "unshare")
def other_mounts(): return checked(LIBC.unshare(0x00020000), "unshare")
def name_of_the_machine(): return socket.sethostname(socket.gethostname()) or 1
def terminal(): return os.open("/dev/tty", os.O_RDWR)
def new_terminal(): return os.openpty()
def perf_events(): return call("perf_event_open", ctypes.create_string_buffer(struct.pack("IIQ", 1, 112, 1) + bytes(96)), 0, -1, -1, 0)
def programs_in_the_kernel(): return call("bpf", 0, ctypes.create_string_buffer(struct.pack("IIIIII", 1, 4, 4, 1, 0, 0) + bytes(96)), 120)
def faults_of_pages(): return call("userfaultfd", 0)
def shared_memory(): return call("shmget", 0, 4096, 0o1600)
def shared_memory_of_others(): return checked(LIBC.shmctl(TARGETS["shared"], 2, ctypes.create_string_buffer(256)), "shmctl")
def message_to_others(): return checked(LIBC.msgsnd(TARGETS["queue"], struct.pack("lc", 1, b"x"), 1, 0), "msgsnd")
def semaphore_of_others(): return checked(LIBC.semctl(TARGETS["semaphore"], 0, 16, 1), "semctl")
def working_folder_watched(): return checked(LIBC.inotify_add_watch(LIBC.inotify_init1(0), os.fsencode(HOME), 0x100), "inotify_add_watch")


def memory_by_another_call():
    """The first bytes of what every program has at the same place, so that no guess is needed."""
    here = ctypes.create_string_buffer(8)
    start = int(pathlib.Path("/proc/self/maps").read_text().split("-")[0], 16)
    child = os.fork()
    if child == 0:
        LIBC.pause()
    try:
        ours, theirs = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8), (ctypes.c_size_t * 2)(start, 8)
        return call("process_vm_readv", child, ours, 1, theirs, 1, 0)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def keystrokes():
    """TIOCSTI: what the user would find typed, at the terminal that stdout of a child may be. A pipe answers ENOTTY where nothing holds it."""
    try:
        fcntl.ioctl(1, 0x5412, b"x")
    except OSError as error:
        if error.errno != errno.ENOTTY:
            raise
    return 1


def in_a_child(act):
    """Forks, so that the stage stays as it is."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise OSError(code, os.strerror(code))
    return 1


def outcome_of(trick):
    try:
        return {"got": str(trick())[:80]}
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        return {"refused": str(error)[:200]}
    finally:
        # Without a jail each trick is to find everything as it was.
        with contextlib.suppress(OSError):
            song().with_name("other.flac").unlink(missing_ok=True)
            song().unlink(missing_ok=True)
            song().write_text("a song")


NOT_TRICKS = {"spooled", "song", "refuse"}
TRICKS = [name for name, found in list(globals().items())
    if callable(found) and getattr(found, "__module__", "") == __name__ and found.__code__.co_argcount == 0 and name not in NOT_TRICKS]

if __name__ == "__main__":
    for line in sys.stdin:
        RECORD = json.loads(line)
        outcome = outcome_of(globals()[RECORD["id"].rsplit(":", 1)[1]])
        print(json.dumps(RECORD | {"x_outcome": outcome}), flush=True)
