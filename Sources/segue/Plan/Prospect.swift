import Glibc
import Wire

/// What a run would do with one record.
struct Prospect {
    enum Fate {
        case fetch(path: String?, media: Media?)
        /// An item that was already listed, at another place.
        case again
        case skip(why: String, path: String?)
        case fail(stage: String, message: String, code: String)
        case list(title: String?, count: Int, total: Int?)
    }

    let id: String
    let parent: String?
    let seq: Int?
    /// How the row of a list was matched to it: the evidence, and what the row said.
    private(set) var match: (by: String, row: String)?
    var fate: Fate
    /// The item that already has the name that this one would have got.
    var owner: String?

    init(_ record: Record) {
        (id, parent, seq) = (record.id, record.parent, record.seq)
        func text(_ member: String) -> String? { record[member]?.string }
        let told = (record["match"] ?? record.carried?["match"])?.object
        if let by = told?["by"]?.string { match = (by, told?["row"]?.string ?? "") }
        switch record.kind {
        case "track":
            let media = try? record.media
            fate = .fetch(path: record["placed"]?.object?["path"]?.string, media: media)
        case "skip":
            fate = .skip(why: text("why") ?? "skipped", path: record.carried?["placed"]?.object?["path"]?.string)
        case "error":
            fate = .fail(
                stage: text("stage") ?? "?", message: text("message") ?? "", code: text("code") ?? "no_code")
        case "done":
            fate = .list(
                title: record["collection"]?.object?["title"]?.string, count: record["n"]?.integer ?? 0,
                total: record["total"]?.integer)
        default: fate = .fail(stage: "segue", message: "no stage works on a \(record.kind)", code: "not_resolved")
        }
    }

    init(id: String, fate: Fate) { (self.id, self.fate, parent, seq) = (id, fate, nil, nil) }

    /// The name that it would end up with, if known.
    var path: String? {
        guard case .fetch(let path?, _) = fate else { return nil }
        return path
    }

    /// Whether a file with that name exists, which may be this track itself.
    var isTaken: Bool {
        guard let path else { return false }
        var status = stat()
        return lstat(path, &status) == 0
    }
}
