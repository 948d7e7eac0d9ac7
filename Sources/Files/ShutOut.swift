import Glibc
import Wire

/// Ends a stage of a driver that is kept from a file which its user may read: the file was replaced after the process was
/// held to what it needs, and one that is started now is let in.
package func startAgain(ifShutOutOf path: String) {
    guard getenv("SEGUE_DRIVER") != nil, access(path, R_OK) == 0 else { return }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0, errno == EACCES { _exit(ExitStatus.later.rawValue) }
    if descriptor >= 0 { close(descriptor) }
}

/// The folders in which programs make files that have no name.
package var temporaryFolders: [String] {
    guard let named = getenv("TMPDIR").map({ String(cString: $0) }), !named.isEmpty else { return ["/tmp", "/var/tmp"] }
    return [named]
}
