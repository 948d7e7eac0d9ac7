import Glibc
import Wire

/// Bytes on their way into a pipe that does not block.
package struct Outbox {
    /// The result of an attempt to write them.
    package enum Progress: Equatable {
        /// All were written.
        case drained
        /// The pipe takes no more for now.
        case full
        /// The reader is gone; what was waiting is dropped.
        case closed
        /// The write failed, with this `errno`.
        case failed(Int32)
    }

    private var bytes: [UInt8] = []
    private var sent = 0

    /// Written bytes are removed once there are more than this, and more than are waiting.
    private static let mostWritten = 65_536

    package init() {}

    /// How many bytes are waiting.
    package var count: Int { bytes.count - sent }
    package var isEmpty: Bool { count == 0 }

    package mutating func add(_ more: ArraySlice<UInt8>) { bytes += more }

    /// Adds a line and its LF.
    package mutating func add(line: [UInt8]) {
        bytes += line
        bytes.append(10)
    }

    /// Adds a record as a line.
    package mutating func add(_ record: Record) {
        record.append(to: &bytes)
        bytes.append(10)
    }

    /// Writes as much as the pipe takes for now.
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
