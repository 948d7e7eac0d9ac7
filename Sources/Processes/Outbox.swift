import Glibc
import Wire

/// Bytes on their way into a pipe that does not block.
package struct Outbox {
    /// What came of a try to write them.
    package enum Progress: Equatable {
        /// All of them are written.
        case drained
        /// The pipe takes no more now.
        case full
        /// Nobody reads any more; what waited is dropped.
        case closed
        /// What the system says in `errno`.
        case failed(Int32)
    }

    private var bytes: [UInt8] = []
    private var sent = 0

    /// From how many written bytes on they are removed, if they are more than those that wait.
    private static let mostWritten = 65_536

    package init() {}

    /// Bytes that wait.
    package var count: Int { bytes.count - sent }
    package var isEmpty: Bool { count == 0 }

    package mutating func add(_ more: ArraySlice<UInt8>) { bytes += more }

    /// The line and its LF.
    package mutating func add(line: [UInt8]) {
        bytes += line
        bytes.append(10)
    }

    /// The record as a line.
    package mutating func add(_ record: Record) {
        record.append(to: &bytes)
        bytes.append(10)
    }

    /// Writes as much as the pipe takes now.
    package mutating func flush(to descriptor: Int32) -> Progress {
        defer { forgetWritten() }
        while !isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
            if count >= 0 {
                sent += count
            } else if errno == EPIPE {
                sent = bytes.count
                return .closed
            } else if errno != EINTR {
                return errno == EAGAIN ? .full : .failed(errno)
            }
        }
        return .drained
    }

    private mutating func forgetWritten() {
        if isEmpty {
            (bytes, sent) = ([], 0)
        } else if sent > Self.mostWritten, sent > count {
            bytes.removeFirst(sent)
            sent = 0
        }
    }
}
