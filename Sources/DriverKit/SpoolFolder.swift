import Files
import Glibc
import Ledger
import Wire

/// The files on their way: how much space they take, and which of them nobody needs any more.
package final class SpoolFolder {
    let path: String
    /// Pictures that no item needs now, the longest unused first; a few are kept for those that come next.
    private var unusedArtwork: [String] = []
    /// Cancelled items whose replica is being ended: their files go when it has gone.
    var withdrawn: [Record] = []
    private(set) var gauge = SpoolGauge()
    /// Stems of files that nobody needs any more, which go together: to find them, all names are read.
    private var leavings: Set<String> = []
    private var sweeping = Interval(seconds: 0.25)

    private static let mostLeavings = 256

    private static let keptArtwork = 64

    /// - Throws: what ``fileFailure(_:errno:)`` makes of it where the folder cannot be made.
    package init(path: String) throws(Failure) {
        self.path = path
        try makeFolder(path)
    }

    /// Bytes of all files in it.
    private var bytes: Int {
        names(in: path).reduce(0) { $0 + (fileSize("\(path)/\($1)") ?? 0) }
    }

    /// Looks now and then whether it holds as much as it may, `now` in monotonic nanoseconds and `limit` in bytes.
    func measure(now: Int64, limit: Int) { gauge.look(now: now, limit: limit) { bytes } }

    /// Removes the files of withdrawn records that no replica has any more.
    func sweepWithdrawn(unless isInFlight: (Record) -> Bool) {
        sweep(withdrawn.filter { !isInFlight($0) })
        withdrawn.removeAll { !isInFlight($0) }
    }

    /// Removes what the stages of these records left, whole or partial, and nothing of any other.
    package func sweep(_ records: [Record]) {
        guard !records.isEmpty else { return }
        note(unneeded: records)
        sweep()
    }

    /// Notes records that need none of their files any more; a full spool is swept at once.
    func note(unneeded records: [Record]) {
        leavings.formUnion(records.map { SpoolName(of: $0).stem })
        if gauge.isFull { sweep() }
    }

    /// Sweeps what nobody needs, now and then; `now` is in monotonic nanoseconds.
    func sweepNowAndThen(now: Int64) {
        if !leavings.isEmpty, sweeping.isOver(now: now) || leavings.count >= Self.mostLeavings { sweep() }
    }

    /// Sees that what earlier tries of these records left is gone, since they begin anew.
    func sweep(before records: some Sequence<Record>) {
        if !leavings.isEmpty, records.contains(where: { leavings.contains(SpoolName(of: $0).stem) }) { sweep() }
    }

    func sweep() {
        guard !leavings.isEmpty else { return }
        if gauge.isFull { gauge.sawFilesGo() }
        for name in names(in: path) {
            if let stem = SpoolName.stem(of: name), leavings.contains(stem) { unlink("\(path)/\(name)") }
        }
        leavings = []
    }

    /// Notes pictures whose item is at its end.
    func note(unused artwork: [String]) {
        for file in artwork where SpoolName.isArtwork(file) {
            unusedArtwork.removeAll { $0 == file }
            unusedArtwork.append(file)
        }
    }

    var hasTooMuchArtwork: Bool { unusedArtwork.count > Self.keptArtwork }

    /// Removes pictures that are longest unused.
    func freeArtwork(unless isNeeded: (String) -> Bool) {
        while unusedArtwork.count > Self.keptArtwork {
            let file = unusedArtwork.removeFirst()
            if !isNeeded(file) { unlink(file) }
        }
    }

    /// Removes the files of items that are not unfinished ones, and with `artwork` the pictures too.
    func clear(keeping records: [Record], artwork keepsArtwork: Bool) {
        let kept = Set(records.map { SpoolName(of: $0).stem })
        for name in names(in: path) {
            if SpoolName.isArtwork(name.hasSuffix(".part") ? String(name.dropLast(5)) : name) {
                if !keepsArtwork { unlink("\(path)/\(name)") }
            } else if let stem = SpoolName.stem(of: name), !kept.contains(stem) {
                unlink("\(path)/\(name)")
            }
        }
    }
}
