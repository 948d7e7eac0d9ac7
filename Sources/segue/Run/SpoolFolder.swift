import Files
import Glibc
import Ledger
import Wire

/// The files on their way: how much room they take, and which of them nobody needs any more.
final class SpoolFolder {
    let path: String
    /// Pictures that no item needs now, the longest unused first; a few are kept for those that come next.
    private var unusedArtwork: [String] = []

    private static let keptArtwork = 64

    init(path: String) throws(Failure) {
        self.path = path
        try Self.make(path)
    }

    /// Bytes of all files in it.
    var bytes: Int {
        names(in: path).reduce(0) { $0 + (fileSize("\(path)/\($1)") ?? 0) }
    }

    /// Removes what a record's stages left, whole or partial.
    func sweep(_ record: Record) {
        let name = SpoolName(of: record)
        for part in SpoolName.Part.allCases {
            for file in [name.path(part, in: path), name.path(part, in: path) + ".part"] { unlink(file) }
        }
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

    /// Removes the files of its kind that no unfinished item has, and with `artwork` the pictures too.
    func clear(keeping records: [Record], artwork keepsArtwork: Bool) {
        let kept = Set(
            records.flatMap { record in
                SpoolName.Part.allCases.map { lastPart(of: SpoolName(of: record).path($0, in: path)) }
            })
        for name in names(in: path) {
            let isPartial = name.hasSuffix(".part")
            let whole = isPartial ? String(name.dropLast(5)) : name
            if SpoolName.isArtwork(whole) {
                if !keepsArtwork { unlink("\(path)/\(name)") }
            } else if SpoolName.isOne(whole), !kept.contains(whole) {
                unlink("\(path)/\(name)")
            }
        }
    }

    private static func make(_ path: String) throws(Failure) {
        if access(path, F_OK) == 0 { return }
        let parent = folder(of: path)
        if access(parent, F_OK) != 0 { try make(parent) }
        try makeFolder(path)
    }
}
