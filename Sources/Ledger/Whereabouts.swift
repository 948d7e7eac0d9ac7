import Files
import Foundation
import GRDB
import Wire

/// The state of a finished item's file.
package enum Whereabouts: Sendable {
    /// There is nothing to do; the file, where its place is worth telling.
    case there(Placed?)
    /// Somebody changed it since: there is nothing to do, but a record that says what it is now is taken.
    case edited
    /// Something is missing: the item is worked on again, with what is known of its file.
    case wanting
    case gone
}

extension Whereabouts {
    /// Whether nothing is left to do for a member of a list.
    func settles(_ member: Wire.Record) -> Bool {
        switch self {
        case .there: true
        case .edited: member.kind != "skip"
        case .wanting, .gone: false
        }
    }

    /// The file, where that is worth telling.
    var file: Placed? { if case .there(let placed) = self { placed } else { nil } }
}

extension Wire.Record {
    /// Whether a member of a list is wanted although its item ended with a file: a better file, or one of its own where
    /// another source's track of the same recording was taken for it.
    func asksAnew(after last: Wire.Record) -> Bool {
        if let placed = try? placed, placed.isSuperseded { return true }
        return kind != "skip" && (try? (last.carried ?? last).placed)?.sameAs != nil
    }

    /// The state of the file that this record names; a record that names none lacks nothing.
    package var whereabouts: Whereabouts {
        let record = carried ?? self
        guard let placed = try? record.placed else { return .there(nil) }
        guard let status = FileStatus(placed.path) else { return .gone }
        if status.bytes == placed.bytes { return placed.lacksArtwork ? .wanting : .there(placed) }
        return status.isWritten(since: record.booking) ? .edited : .wanting
    }

    /// This record with what another one says about its file in the library.
    func taking(fileOf last: Record) -> Record {
        let inner = last.carried ?? last
        var record = self
        for name in ["placed", "recorded"] where record[name] == nil { record[name] = inner[name] }
        return record
    }

    /// This record with its finished file as it is now; nil takes the file out.
    func with(placed: Placed?) -> Record {
        guard var inner = carried else {
            var record = self
            record.set(placed)
            return record
        }
        inner.set(placed)
        var record = self
        record["record"] = inner.value
        return record
    }

    private mutating func set(_ placed: Placed?) {
        guard let placed else { return self["placed"] = nil }
        edit("placed") { placed.write(to: &$0) }
    }
}

extension Change {
    /// Records where a finished item's file is now, and what it is.
    package func keep(_ placed: Placed, of id: String) throws {
        guard let number = try item(knownAs: id),
            let item = try row(
                "SELECT number, line FROM item WHERE number = ? AND (state = 'done' OR state = 'skipped')", [number]),
            let line: Data = try item["line"], let record = try? Record(line: Array(line))
        else { return }
        let kept = Data(record.with(placed: placed).line)
        try execute("UPDATE item SET line = ? WHERE number = ?", [kept, item["number"] as Int64])
    }
}
