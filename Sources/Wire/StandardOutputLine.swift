import Glibc

/// Writes a line to stdout, whole; ends the process where that fails: with 0 if the reader is gone, else with what the
/// system says, on stderr, after the program's name.
package func writeLineToStandardOutput(_ text: [UInt8], of name: String) {
    let line = text + [10]
    var written = 0
    while written < line.count {
        let count = line[written...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
        if count < 0 && errno == EPIPE { exit(ExitStatus.ok.rawValue) }
        if count < 0 && errno != EINTR {
            writeToStandardError("\(name): cannot write to stdout: \(String(cString: strerror(errno)))\n")
            exit(ExitStatus.inputOutput.rawValue)
        }
        written += max(count, 0)
    }
}
