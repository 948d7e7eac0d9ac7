import Files
import Glibc
import Wire

/// What a stage says of itself with `--describe`.
struct Description {
    let mode: String
    let kinds: Set<String>?
    let reads: [String]
    let writes: [String]

    private static let patience: Int64 = 5_000_000_000

    /// Nil for a program that did not come with segue: it may not know the question.
    init?(of executable: Executable) throws(Failure) {
        guard executable.isNative else { return nil }
        let question = try Executable([executable.path, "--describe"])
        var text = try Self.answer(to: question)
        // Whoever was killed in the midst of it is asked again.
        for _ in 0..<2 where text.isEmpty { text = try Self.answer(to: question) }
        guard let object = (try? JSON(parsing: text))?.object, object["contract"]?.integer == 1 else {
            throw .config("no_description", "\(executable.path) --describe does not say what stage it is")
        }
        mode = object["mode"]?.string ?? "map"
        kinds = object["kinds"].map { Set($0.elements.compactMap(\.string)) }
        reads = object["reads"]?.elements.compactMap(\.string) ?? []
        writes = object["writes"]?.elements.compactMap(\.string) ?? []
    }

    private static func answer(to question: Executable) throws(Failure) -> [UInt8] {
        let child = try Child(question, environment: Environment.forStages(hosts: ""))
        child.closeInput()
        var text: [UInt8] = []
        let end = monotonicNanoseconds() + patience
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while monotonicNanoseconds() < end, text.count < 1 << 20 {
            var ready = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
            poll(&ready, 1, 100)
            let count = read(child.output, &buffer, buffer.count)
            if count == 0 { break }
            if count > 0 { text += buffer[..<count] }
        }
        child.send(SIGKILL)
        while child.reap() == nil { usleep(500) }
        return text
    }
}
