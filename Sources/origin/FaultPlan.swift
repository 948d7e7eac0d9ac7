import Files
import Glibc
import Wire

/// The planned faults, one JSON object per line: `{"track":7,"fault":"throttle","tries":2,"retry_after_s":1}`.
struct FaultPlan: Sendable {
    let faults: [Fault]

    /// Throws `bad_plan`, which names the line, for a line that is wrong.
    init(readingFile path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .config("no_file", "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var text: [UInt8] = []
        _ = try readAll(descriptor, of: path) { text += $0 }
        try self.init(text, name: path)
    }

    init(_ text: [UInt8] = [], name: String = "") throws(Failure) {
        var faults: [Fault] = []
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { continue }
            do throws(Failure) {
                faults.append(try Self.fault(Array(line)))
            } catch {
                throw .config("bad_plan", "line \(index + 1) of \(name): \(error.message)")
            }
        }
        self.faults = faults
    }

    private static func fault(_ line: [UInt8]) throws(Failure) -> Fault {
        guard let object = (try? JSON(parsing: line))?.object else {
            throw .config("bad_plan", "it is not a JSON object")
        }
        let names = ["track", "fault", "tries", "retry_after_s"]
        let rest = names.reduce(into: object) { $0[$1] = nil }
        guard object["track"] != nil, rest.value.text.count == 2 else {
            throw .config("bad_plan", "the members are track, fault, tries and retry_after_s")
        }
        guard let kind = object["fault"]?.string.flatMap(Fault.Kind.init) else {
            throw .config("bad_plan", "fault is one of \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return Fault(
            kind: kind, song: try song(object["track"]), tries: try count(object["tries"], "tries") ?? 1,
            retryAfter: try count(object["retry_after_s"], "retry_after_s"))
    }

    private static func song(_ value: JSON?) throws(Failure) -> Int? {
        if value?.string == "*" { return nil }
        guard let id = value?.integer, id >= 1 else { throw .config("bad_plan", "track is a track's number or \"*\"") }
        return id
    }

    private static func count(_ value: JSON?, _ name: String) throws(Failure) -> Int? {
        guard let value else { return nil }
        guard let count = value.integer, count >= 1 else { throw .config("bad_plan", "\(name) is not a number from 1") }
        return count
    }
}
