import Dispatch
import Files
import Glibc
import Ledger
import Wire

/// The files in the spool: how much space they take, and which of them are no longer needed.
package final class SpoolFolder {
    let path: String
    /// Pictures that no item needs now, the least recently used first; a few are kept for the next items.
    private var unusedArtwork: [String] = []
    /// Cancelled items whose replica is being ended: their files are removed when it has exited.
    var withdrawn: [Record] = []
    private(set) var gauge = SpoolGauge()
    /// Stems of files that are no longer needed; they are removed together, since finding them means reading all names.
    private var leavings: Set<String> = []
    /// Stems of files that were removed, or that a thread of its own is removing, since unlinking large files takes long: a power
    /// cut may bring them back.
    private(set) var unsettled: Set<String> = []
    private let removal = DispatchGroup()
    private var sweeping = Interval(seconds: 0.25)

    private static let (mostLeavings, mostUnsettled) = (256, 4096)

    private static let keptArtwork = 64

    /// - Throws: what ``fileFailure(_:errno:)`` makes of it where the folder cannot be made.
    package init(path: String) throws(Failure) {
        self.path = path
        try makeFolderOfPassingThings(path)
    }

    /// The bytes of all its files.
    private var bytes: Int {
        names(in: path).reduce(0) { $0 + (fileSize("\(path)/\($1)") ?? 0) }
    }

    /// Measures now and then whether it has reached its limit, `now` in monotonic nanoseconds and `limit` in bytes.
    func measure(now: Int64, limit: Int) { gauge.look(now: now, limit: limit) { bytes } }

    /// Removes the files of withdrawn records that no replica has in hand.
    func sweepWithdrawn(unless isInFlight: (Record) -> Bool) {
        sweep(withdrawn.filter { !isInFlight($0) })
        withdrawn.removeAll { !isInFlight($0) }
    }

    /// Removes the files of these records, whole or partial, and of no others.
    package func sweep(_ records: [Record]) {
        guard !records.isEmpty else { return }
        note(unneeded: records)
        sweep()
    }

    /// Notes records that need their files no longer; a full spool is swept at once.
    func note(unneeded records: [Record]) {
        leavings.formUnion(records.map { SpoolName(of: $0).stem })
        if gauge.isFull { sweep() }
    }

    /// Removes what is no longer needed, now and then; `now` is in monotonic nanoseconds.
    func sweepNowAndThen(now: Int64) {
        guard !leavings.isEmpty, sweeping.isOver(now: now) || leavings.count >= Self.mostLeavings,
            removal.wait(timeout: .now()) == .success
        else { return }
        if unsettled.count > Self.mostUnsettled { settle() }
        let stems = takeLeavings()
        DispatchQueue.global().async(group: removal) { [path] in Self.remove(stems, in: path) }
    }

    /// Makes sure that files of earlier tries of these records are gone for good, since they start over: what one that came
    /// back after a power cut says of a partial file would be taken for true of the new one.
    func sweep(before records: some Sequence<Record>) {
        guard !leavings.isEmpty || !unsettled.isEmpty else { return }
        let stems = records.lazy.map { SpoolName(of: $0).stem }
        guard stems.contains(where: { leavings.contains($0) || unsettled.contains($0) }) else { return }
        sweep()
        settle()
    }

    /// Removes what is no longer needed, and returns when it is gone.
    func sweep() {
        removal.wait()
        guard !leavings.isEmpty else { return }
        if gauge.isFull { gauge.sawFilesGo() }
        Self.remove(takeLeavings(), in: path)
    }

    private func takeLeavings() -> Set<String> {
        defer { leavings = [] }
        unsettled.formUnion(leavings)
        return leavings
    }

    private static func remove(_ stems: Set<String>, in folder: String) {
        for name in names(in: folder) {
            if let stem = SpoolName.stem(of: name), stems.contains(stem) { unlink("\(folder)/\(name)") }
        }
    }

    /// Notes pictures whose item has ended.
    func note(unused artwork: [String]) {
        for file in artwork where SpoolName.isArtwork(file) {
            unusedArtwork.removeAll { $0 == file }
            unusedArtwork.append(file)
        }
    }

    var hasTooMuchArtwork: Bool { unusedArtwork.count > Self.keptArtwork }

    /// Removes the least recently used pictures.
    func freeArtwork(unless isNeeded: (String) -> Bool) {
        while unusedArtwork.count > Self.keptArtwork {
            let file = unusedArtwork.removeFirst()
            if !isNeeded(file) { unlink(file) }
        }
    }

    /// Removes all files but those of unfinished items, and with `artwork` the pictures too, for good, and with them what was
    /// removed before.
    func clear(keeping records: [Record], artwork keepsArtwork: Bool) {
        let kept = Set(records.map { SpoolName(of: $0).stem })
        defer { settle() }
        for name in names(in: path) {
            if SpoolName.isArtwork(name.hasSuffix(".part") ? String(name.dropLast(5)) : name) {
                if !keepsArtwork { unlink("\(path)/\(name)") }
            } else if let stem = SpoolName.stem(of: name), !kept.contains(stem) {
                unlink("\(path)/\(name)")
            }
        }
    }

    /// Makes it durable that files are gone; where that fails, they are still known as those that may come back.
    private func settle() {
        guard (try? synchronise(folder: path)) != nil else { return }
        unsettled = []
    }
}
