import Wire

@testable import Ledger

/// A line as far as the ledger's decisions depend on it.
struct ModelLine: Equatable {
    var kind: String
    var parent: String?
    var seq: Int?
    /// Tells the answers to one item apart; nil for lines that the ledger writes itself.
    var mark: Int?
    /// The marks of the answers that wrote its `media` and its `file`.
    var media: Int?
    var file: Int?
    /// Of a `done`: how many members the list has.
    var count: Int?
    /// None or one.
    var carried: [ModelLine] = []

    init(kind: String, parent: String? = nil, seq: Int? = nil, mark: Int? = nil) {
        (self.kind, self.parent, self.seq, self.mark) = (kind, parent, seq, mark)
    }

    init(_ record: Record) {
        self.init(kind: record.kind, parent: record.parent, seq: record.seq, mark: record["x_mark"]?.integer)
        (media, file) = (record["media"]?.object?["x_mark"]?.integer, record["file"]?.object?["x_mark"]?.integer)
        count = kind == "done" ? record["n"]?.integer : nil
        carried = record.carried.map { [ModelLine($0)] } ?? []
    }

    func record(id: String) -> Record {
        var record = Record(kind: kind, id: id, parent: parent, seq: seq)
        if kind == "request" { record["ref"] = .string(id) }
        if let count { record["n"] = .integer(count) }
        if let mark { record["x_mark"] = .integer(mark) }
        for (name, written) in [("media", media), ("file", file)] {
            if let written { record.edit(name) { $0["x_mark"] = .integer(written) } }
        }
        if let inner = carried.first { record["record"] = inner.record(id: id).value }
        return record
    }

    /// What is kept of the last line about an item that is in the library.
    var kept: ModelLine {
        var kept = self
        (kept.media, kept.file) = (nil, nil)
        return kept
    }

    /// What stages behind the expansion are told of a finished item for one more list.
    func announcing(_ outcome: State, parent: String, seq: Int) -> ModelLine {
        // A skip that one list could not be told of is as good for the others.
        if kind == "error", let skip = carried.first, skip.kind == "skip" {
            return skip.announcing(.skipped, parent: parent, seq: seq)
        }
        let inner = carried.first ?? self
        var child = ModelLine(kind: inner.kind, parent: parent, seq: seq)
        (child.media, child.file) = (inner.media, inner.file)
        var line = ModelLine(kind: outcome == .failed && kind == "error" ? "error" : "skip", parent: parent, seq: seq)
        if line.kind == "error" { (line.media, line.file) = (media, file) }
        line.carried = [child]
        return line
    }

    /// What work starts from when media turned out to be stale: the record, or the one that a skip is about.
    var renewable: ModelLine? {
        switch kind {
        case "request", "track": self
        case "skip": carried.first?.renewable
        default: nil
        }
    }
}
