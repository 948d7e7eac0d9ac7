import Files
import Glibc
import Wire

/// One line a request, written before its answer leaves: method, target, status, bytes, range and fault.
struct Log: Sendable {
    private let descriptors: [Int32]

    /// `file` is appended to.
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

    func write(_ request: Request, _ reply: Reply) {
        let fields = [
            request.method, request.target, "\(reply.status)", "\(reply.sentBytes(isHead: request.isHead))",
            request.header("Range") ?? "-", reply.fault?.rawValue ?? "-"
        ]
        for descriptor in descriptors { Self.write(fields.joined(separator: " "), to: descriptor) }
    }

    /// A line for people.
    func note(_ text: String) { Self.write("origin: \(text)", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        let line = Array(text.utf8) + [10]
        _ = Glibc.write(descriptor, line, line.count)
    }
}
