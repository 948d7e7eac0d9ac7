import Files
import Processes
import Wire

/// The files of this machine that records named, which a stage may read of all files. It belongs to one thread.
package final class NamedFiles {
    /// What counts as naming a file.
    package enum Naming {
        /// A request for a list. A stage with a network gets nothing else.
        case lists
        /// A request for a folder or an archive, and a track with its files, unless they lie in these folders.
        case music(outside: [String])
    }

    private let naming: Naming
    private var files: [String: LibraryRoot.Identity] = [:]
    /// How often there was a new one.
    package private(set) var changes = 0

    package init(_ naming: Naming) { self.naming = naming }

    package var paths: [String] { Array(files.keys) }

    /// Notes what a record names: a path that is new, or another file under a path that is known.
    package func add(_ record: Record) {
        for path in named(in: record) {
            guard let found = LibraryRoot.Identity(of: path), files[path] != found else { continue }
            files[path] = found
            changes += 1
        }
    }

    private func named(in record: Record) -> [String] {
        let ref = record.kind == "request" ? (try? record.ref) : nil
        switch naming {
        case .lists: return ref.flatMap(Self.list).map { [$0] } ?? []
        case .music(let folders):
            let isNew = { (path: String) in
                !(folders + self.files.keys).contains { path.utf8.starts(with: "\($0)/".utf8) }
            }
            if let ref { return FolderPath.path(of: ref).map { [$0] }?.filter(isNew) ?? [] }
            return Self.music(in: record).filter(isNew).map(folder)
        }
    }

    /// The files of a track on this machine: its audio and its cover.
    private static func music(in record: Record) -> [String] {
        guard record.kind == "track", let file = record["file"]?.object else { return [] }
        return [file["path"], file["artwork"]?.object?["path"]].compactMap { $0?.string }.filter { $0.hasPrefix("/") }
    }

    private static func list(_ ref: String) -> String? {
        ListPath.isOne(ref) && !WebLink.isOne(ref) ? try? ListPath.absolute(ref) : nil
    }
}

extension FoundStage {
    /// What it is held to when it is asked for these.
    package func jail(asking records: [Record]) -> Jail? {
        var jail = jail
        guard executable.isNative, let needs = jail?.needs else { return jail }
        let files = NamedFiles(needs.hasNetwork ? .lists : .music(outside: []))
        records.forEach(files.add)
        jail?.needs.reads += files.paths
        return jail
    }
}
