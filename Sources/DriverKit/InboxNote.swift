import Files
import Ledger
import Wire

/// What became of something in an inbox, for the person who put it there.
struct InboxNote: Sendable {
    /// Whether any of it failed, or was cancelled.
    let hasFailed: Bool
    /// One line.
    let summary: String
    /// All there is to say.
    let text: String
    private let name: String

    /// `line` is the last record of the item.
    init(name: String, _ item: Item, line: [UInt8], _ members: [Item]) {
        self.name = name
        hasFailed = item.state == .failed || item.state == .cancelled
        let failed = members.filter { $0.state == .failed }
        // What came with another one before is done too.
        let known = members.count { $0.state == .skipped || $0.state == .done && $0.added < item.added }
        let counts = [
            (members.count { $0.state == .done && $0.added >= item.added }, "taken in"), (known, "there already"),
            (failed.count, "failed"), (members.count { $0.state == .cancelled }, "cancelled")
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let why = item.failure.map { $0.message } ?? (item.state == .cancelled ? "cancelled" : nil)
        summary = "\(name): " + (counts.isEmpty ? why ?? "nothing in it" : counts.joined(separator: ", "))
        let left = (try? Record(line: line))?["left"]?.elements.compactMap(\.string) ?? []
        let reasons = failed.map { item in
            "failed: \(item.title ?? item.link ?? item.id): \(item.failure.map { "\($0.stage): \($0.message)" } ?? "?")"
        }
        text = ([summary] + reasons + left.map { "not taken in: \($0)" }).map { "\($0.harmless)\n" }.joined()
    }

    /// The name that it gets, where others of its name may be.
    func name(_ number: Int) -> String { number == 1 ? name : FileName.shortened("\(number) \(name)") }

    /// The name of the note itself beside that.
    func ownName(_ number: Int) -> String { FileName.shortened(name(number), reserving: 4) + ".txt" }
}
