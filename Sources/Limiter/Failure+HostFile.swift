import Glibc
import Wire

extension Failure {
    /// What the last failed system call on a file of the shared folder means.
    static func hostFile(_ what: String, _ path: String) -> Failure {
        .config(
            "no_host_file", "cannot \(what) \(path), which SEGUE_HOSTS asks for: \(String(cString: strerror(errno)))")
    }
}
