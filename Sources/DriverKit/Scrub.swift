import Catalogue
import Ledger
import PipelineFiles
import Wire

/// Reads the files of a library again, one by one in the order of their ids, so that each has its turn once in a period.
///
/// Nothing is remembered but how far the round has come, in the ledger, together with what was put back in the queue: a
/// crash repeats one file at most.
struct Scrub: Sendable {
    let presence: Presence
    /// Seconds.
    let period: Double

    /// What a step came to.
    enum Step: Equatable, Sendable {
        /// No file has its turn yet.
        case waited
        /// A file is as it was booked, or somebody edited it; also its size in bytes.
        case passed(bytes: Int)
        /// It is to be looked at once more: somebody may just be moving it.
        case suspected(id: String)
        /// It was put aside, if it was there, and is in the queue again.
        case mended(id: String, Damage)
        /// It is damaged, and nothing can fetch it again, so it stays.
        case damaged(Damage)
    }

    /// Reads the next file, if its turn has come. `now` is in milliseconds since 1970; `suspect` is the id that the last
    /// step suspected.
    ///
    /// - Throws: what the ``Catalogue``, the ``Ledger`` and ``Inspection/putAside(_:)`` throw; nothing is lost by that.
    func step(in ledger: Ledger, _ route: Route, now: Int64, suspect: String?) throws(Failure) -> Step {
        guard presence.isThere, presence.absence == nil else { return .waited }
        let catalogue = try Catalogue(library: presence.library, readOnly: true)
        let known = try ledger.change(now: now) { try $0.setting(setting) }.flatMap { ScrubRound($0, now: now) }
        let round = known ?? ScrubRound(start: now, last: "")
        let (before, all) = try catalogue.count(upTo: round.last)
        let share = Double(now - round.start) / 1000 / period
        guard let file = try catalogue.files(after: round.last, limit: 1).first else {
            if share >= 1 || known == nil { try keep(ScrubRound(start: now, last: ""), in: ledger, now) }
            return .waited
        }
        if known == nil { try keep(round, in: ledger, now) }
        guard known == nil || Double(before) < share * Double(all) else { return .waited }
        let inspection = Inspection(catalogue, jobs: 1)
        let damages = try inspection.inspect([file]).filter(\.kind.isMended)
        guard damages.isEmpty || suspect == file.id else { return .suspected(id: file.id) }
        // What was imported or taken in from a folder has no other source.
        let isOwn = file.id.utf8.starts(with: "file:".utf8)
        let requests = isOwn ? [] : try inspection.putAside(damages)
        let next = ScrubRound(start: round.start, last: file.id)
        try ledger.change(now: now, route: route) { change in
            for request in requests { _ = try change.add(request, isTold: false) }
            try change.note(damages, isQueued: !isOwn)
            try change.set(setting, next.text)
        }
        guard let damage = damages.first else { return .passed(bytes: file.bytes) }
        return isOwn ? .damaged(damage) : .mended(id: file.id, damage)
    }

    private var setting: String { "scrub:\(presence.library)" }

    private func keep(_ round: ScrubRound, in ledger: Ledger, _ now: Int64) throws(Failure) {
        try ledger.change(now: now) { try $0.set(setting, round.text) }
    }
}

/// How far a scrub has come.
struct ScrubRound: Equatable {
    /// When it began, in milliseconds since 1970.
    let start: Int64
    /// The id of the last file that was read; empty before the first.
    let last: String

    init(start: Int64, last: String) { (self.start, self.last) = (start, last) }

    /// As the ledger has it; nil for another text. A clock that was set back counts from now.
    init?(_ text: String, now: Int64) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let start = Int64(parts[0]) else { return nil }
        self.init(start: min(start, now), last: parts[1])
    }

    var text: String { "\(start) \(last)" }
}
