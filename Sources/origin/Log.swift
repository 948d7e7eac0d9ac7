import Files
import Glibc
import Wire

/// One line per request, written before its answer is sent: method, target, status, bytes, range, fault, and the time in
/// milliseconds since 1970.
struct Log: Sendable {
    private let descriptors: [Int32]

    /// Lines are appended to `file`.
    init(file: String?, isVerbose: Bool) throws(Failure) {
        var descriptors: [Int32] = isVerbose ? [2] : []
        if let file {
            let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw .config("no_log", "cannot write \(file): \(String(cString: strerror(errno)))")
            }
            descriptors.append(descriptor)
        }
        self.descriptors = descriptors
    }

    func write(_ request: HTTPQuery, _ reply: HTTPReply) {
        let fields = [
            request.method, request.target, "\(reply.status)", "\(reply.sentBytes(isHead: request.isHead))",
            request.header("Range") ?? "-", reply.fault?.rawValue ?? "-", "\(Self.now)"
        ]
        for descriptor in descriptors { Self.write(fields.joined(separator: " "), to: descriptor) }
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Writes a line on stderr.
    func note(_ text: String) { Self.write("origin: \(text)", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        let line = Array(text.utf8) + [10]
        _ = Glibc.write(descriptor, line, line.count)
    }
}
