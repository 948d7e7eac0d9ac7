import Dispatch
import Files
import Glibc
import Ledger
import PipelineFiles
import Processes
import Wire

/// The folder that people put music into: what has not changed for a while is taken in, and leaves it once all of it is
/// booked.
///
/// Nothing is remembered of what is there but its id, which is made of what the file system says of it: the ledger knows
/// what became of that, also after a crash.
final class Inbox {
    /// Absolute.
    private let path: String
    /// Nanoseconds.
    private let stillness: Int64
    private var looking: Interval
    /// What was there at the last look, and since when, in monotonic nanoseconds.
    private var seen: [String: (version: String, since: Int64)] = [:]
    private var requests: [ItemRequest] = []
    /// The ids that were requested, so that none is twice.
    private var asked: Set<String> = []
    private var told: Set<String> = []
    private var hasLooked = false
    private var isChanging = false

    /// The disk is left to a thread of its own, which does one thing at a time.
    private let disk = DispatchQueue(label: "inbox")
    private let work = DispatchGroup()
    private let found: Mailbox<(entries: [InboxEntry], misnamed: [String], at: Int64)>
    private let news: Mailbox<String>

    /// `stillness` is how many seconds something must not have changed. Throws what ``fileFailure(_:errno:)`` makes of it
    /// where the folder is missing and cannot be made.
    init(path: String, stillness: Double) throws(Failure) {
        (self.path, self.stillness) = (path, Int64(stillness * 1e9))
        looking = Interval(seconds: min(max(stillness / 4, 0.1), 5))
        (found, news) = (try Mailbox(), try Mailbox())
        try makeFolder(path)
    }

    /// Whether it may soon have something, for a driver that would end.
    var isAwaited: Bool { !hasLooked || isChanging || hasSome }

    var hasSome: Bool { !requests.isEmpty }

    /// What is to be taken in; once it is taken, more is looked for.
    func drain() -> [ItemRequest] {
        defer { requests = [] }
        return requests
    }

    /// Looks now and then, `now` in monotonic nanoseconds, and returns what there is to say.
    func look(now: Int64, in ledger: Ledger) throws(Failure) -> [String] {
        guard work.wait(timeout: .now()) == .success else { return [] }
        var lines = news.drain()
        for looked in found.drain() {
            lines += try consider(looked.entries, looked.misnamed, at: looked.at, in: ledger)
        }
        if looking.isOver(now: now) {
            disk.async(group: work) { [path, found] in
                let (entries, misnamed) = InboxEntry.all(in: path)
                found.put((entries, misnamed, now))
            }
        }
        return lines
    }

    /// At the end: moves what has ended since the last look, and returns what there is to say.
    func clear(in ledger: Ledger) throws(Failure) -> [String] {
        work.wait()
        for entry in InboxEntry.all(in: path).entries {
            guard seen[entry.name]?.version == entry.version else { continue }
            if let ended = try ended(entry, in: ledger) { move(entry, ended) }
        }
        work.wait()
        return news.drain()
    }

    private func consider(
        _ entries: [InboxEntry], _ misnamed: [String], at moment: Int64, in ledger: Ledger
    ) throws(Failure) -> [String] {
        (hasLooked, isChanging) = (true, false)
        let before = seen
        seen = [:]
        for entry in entries {
            let known = before[entry.name]
            let since = known?.version == entry.version ? known?.since ?? moment : moment
            seen[entry.name] = (entry.version, since)
            guard moment - since >= stillness else {
                isChanging = true
                continue
            }
            if entry.isUnfinished { continue }
            if let ended = try ended(entry, in: ledger) {
                move(entry, ended)
            } else if asked.insert(id(entry)).inserted {
                requests.append(ItemRequest(Record(request: FolderPath.reference(place(entry)), id: id(entry))))
            }
        }
        return misnamed.filter { told.insert($0).inserted }.map {
            "\(path): the name of \($0) is not valid UTF-8; rename it"
        }
    }

    private func place(_ entry: InboxEntry) -> String { "\(path)/\(entry.name)" }
    private func id(_ entry: InboxEntry) -> String { FolderPath.id(place(entry), version: entry.version) }

    /// What the ledger says of an entry that was taken in; nil if it was not, or has not ended.
    private func ended(_ entry: InboxEntry, in ledger: Ledger) throws(Failure) -> InboxNote? {
        guard let shown = try ledger.show(id(entry)), shown.item.state.isFinal else { return nil }
        let members = try ledger.list(ItemQuery(parent: shown.item.id, limit: 10_000))
        return InboxNote(name: entry.name, shown.item, line: shown.line, members)
    }

    /// Moves an entry to those that were taken in, or that failed, under a name that is free there, with a note beside it.
    private func move(_ entry: InboxEntry, _ note: InboxNote) {
        let folder = "\(path)/\(note.hasFailed ? InboxEntry.failed : InboxEntry.done)"
        let old = place(entry)
        disk.async(group: work) { [news] in
            do throws(Failure) {
                let place = try Self.move(old, into: folder, note)
                news.put("\(note.summary); it is in \(place) now")
            } catch {
                news.put("cannot put \(old) aside: \(error.message)")
            }
        }
    }

    private static func move(_ old: String, into folder: String, _ note: InboxNote) throws(Failure) -> String {
        try makeFolder(folder)
        for number in 1... {
            let (place, text) = ("\(folder)/\(note.name(number))", "\(folder)/\(note.ownName(number))")
            var status = stat()
            guard lstat(place, &status) != 0, lstat(text, &status) != 0 else { continue }
            let file = try PartialFile(at: TemporaryName.path(in: folder, for: place), keeping: false)
            do throws(Failure) {
                try file.write(Array(note.text.utf8))
                guard try file.rename(ifFree: text) else {
                    file.discard()
                    continue
                }
            } catch {
                file.discard()
                throw error
            }
            if try moveFile(old, to: place) { return place }
        }
        return folder
    }
}
