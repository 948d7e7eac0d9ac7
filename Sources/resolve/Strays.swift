import Catalogue
import Files
import StageKit
import Tags
import Wire

/// Files of the library that were moved or renamed, so that the catalogue does not have their paths.
///
/// They are searched for when a track's file is missing, and recognised by the id in their tags.
final class Strays {
    private let catalogue: Catalogue
    /// Paths relative to the library's folder, keyed by the hash of the id in the file's tags.
    private var paths: [Int: String] = [:]
    private var lookedAt: Int64?

    /// How many nanoseconds the result of one search is used for.
    private static let freshness: Int64 = 60_000_000_000

    init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// Where a track's file is now that was `placed` elsewhere; nil when it is not in the library.
    func file(of id: String, like placed: Placed) throws(Failure) -> Placed? {
        if lookedAt.map({ monotonicNanoseconds() - $0 > Self.freshness }) ?? true { try look() }
        guard let name = paths[id.utf8Hash], case let path = "\(catalogue.library)/\(name)", isFile(of: id, path) else {
            return nil
        }
        var found = placed
        found.path = path
        (found.bytes, found.sha256) = try digest(ofFile: path)
        found.format = AudioWalk.format(of: path) ?? placed.format
        // What was told of the former file is not true of one in another format.
        if found.format != placed.format { (found.quality, found.wanted) = (nil, nil) }
        return found
    }

    private func look() throws(Failure) {
        var known: Set<Int> = []
        var last = ""
        while case let files = try catalogue.files(after: last, limit: 1000), let end = files.last {
            known.formUnion(files.map(\.path.utf8Hash))
            last = end.id
        }
        try catalogue.eachLink { known.insert($0.utf8Hash) }
        paths = [:]
        AudioWalk(library: catalogue.library).each { entry in
            guard case .file(let path) = entry, !known.contains(path.utf8Hash),
                let id = Self.id(in: "\(catalogue.library)/\(path)")
            else { return }
            // Of two files the one whose path sorts first, so that the order of the folder does not matter.
            if let other = paths[id.utf8Hash], other.utf8.lexicographicallyPrecedes(path.utf8) { return }
            paths[id.utf8Hash] = path
        }
        lookedAt = monotonicNanoseconds()
    }

    private func isFile(of id: String, _ path: String) -> Bool {
        Self.id(in: path).map { $0.utf8.elementsEqual(id.utf8) } ?? false
    }

    /// The track's id in the tags of a file.
    static func id(in path: String) -> String? {
        AudioWalk.format(of: path).flatMap { (try? AudioTags.source(path, $0)) ?? nil }
    }
}
