import Catalogue
import Files
import StageKit
import Tags
import Wire

/// Files of the library that the catalogue has under no such path: somebody moved or renamed them.
///
/// They are looked for when the file of a track is missed, and known by the id in their tags.
final class Strays {
    private let catalogue: Catalogue
    /// Paths from the library's folder, by the hashes of the ids in their tags.
    private var paths: [Int: String] = [:]
    private var lookedAt: Int64?

    /// Nanoseconds for which one look is good.
    private static let freshness: Int64 = 60_000_000_000

    init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// Where the file of a track is now that was `placed` elsewhere; nil when it is nowhere in the library.
    func file(of id: String, like placed: Placed) throws(Failure) -> Placed? {
        if lookedAt.map({ monotonicNanoseconds() - $0 > Self.freshness }) ?? true { try look() }
        guard let name = paths[id.utf8Hash], case let path = "\(catalogue.library)/\(name)", isFile(of: id, path) else {
            return nil
        }
        var found = placed
        found.path = path
        (found.bytes, found.sha256) = try digest(ofFile: path)
        found.format = AudioWalk.format(of: path) ?? placed.format
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
            // Of two the one whose path comes first, whatever the order in which the folder tells them.
            if let other = paths[id.utf8Hash], other.utf8.lexicographicallyPrecedes(path.utf8) { return }
            paths[id.utf8Hash] = path
        }
        lookedAt = monotonicNanoseconds()
    }

    private func isFile(of id: String, _ path: String) -> Bool {
        Self.id(in: path).map { $0.utf8.elementsEqual(id.utf8) } ?? false
    }

    /// What the tags of a file say whose it is.
    static func id(in path: String) -> String? {
        AudioWalk.format(of: path).flatMap { (try? AudioTags.source(path, $0)) ?? nil }
    }
}
