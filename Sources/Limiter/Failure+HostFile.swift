import Glibc
import Wire

extension Failure {
    /// The failure of the last system call on a file of the shared folder: `disk_full` or `no_host_file` (`config`).
    static func hostFile(_ what: String, _ path: String) -> Failure {
        let isFull = errno == ENOSPC || errno == EDQUOT
        return .config(
            isFull ? "disk_full" : "no_host_file",
            "cannot \(what) \(path), which SEGUE_HOSTS asks for: \(String(cString: strerror(errno)))"
                + (isFull ? "; make room there" : ""))
    }
}
