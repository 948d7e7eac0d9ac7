import ArgumentParser
import Glibc
import Ledger
import Wire

/// How a command answers.
struct OutputOption: ParsableArguments {
    @Flag(help: "Answer with JSON, an object a line.")
    var json = false

    /// A line on stdout.
    func put(_ text: String) { Self.put(bytes: Array(text.harmless.utf8)) }
    func put(_ value: JSON) { Self.put(bytes: Array(value.text)) }

    static func put(bytes: [UInt8]) {
        let line = bytes + [10]
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { write(1, $0.baseAddress?.advanced(by: written), $0.count - written) }
            if count < 0 && errno != EINTR { Glibc.exit(errno == EPIPE ? 0 : Status.inputOutput) }
            written += max(count, 0)
        }
    }
}

/// Which items a command is for.
struct SelectionOption: ParsableArguments {
    @Flag(help: "All items.")
    var all = false

    @Option(help: ArgumentHelp("Items in this state.", valueName: "state"))
    var state: State?

    @Argument(
        help: ArgumentHelp(
            "Ids of items, or references; a collection stands for its members too.", valueName: "id"))
    var ids: [String] = []

    func validate() throws {
        guard [all, state != nil, !ids.isEmpty].filter(\.self).count == 1 else {
            throw ValidationError("name items by their ids, or give --state STATE, or --all")
        }
    }

    /// The selections, each known to the ledger.
    func selections(in ledger: Ledger) throws(Failure) -> [Selection] {
        if all { return [.all] }
        if let state { return [.state(state)] }
        return try ids.map { text throws(Failure) in
            if try ledger.show(text) != nil { return .item(text) }
            if let id = try? Request(Array(text.utf8), first: false).record.id, try ledger.show(id) != nil {
                return .item(id)
            }
            throw .permanent("no_item", "the ledger has no item \(text); segue list tells what it has")
        }
    }
}

extension State: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }
    public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}
