import Files
import Processes
import Synchronization
import Wire

/// The files of this machine that records named, which a stage may read of all files.
package final class NamedFiles: Sendable {
    /// What counts as naming a file.
    package enum Naming: Sendable {
        /// A request for a list. A stage with a network gets nothing else.
        case lists
        /// A request for a folder or an archive, and a track with its files, unless they lie in folders with these paths.
        case music(outside: [String])
    }

    private let naming: Naming
    private let state = Mutex(State())

    private struct State {
        var files: [String: LibraryRoot.Identity] = [:]
        var changes = 0
    }

    package init(_ naming: Naming) { self.naming = naming }

    /// Their absolute paths.
    package var paths: [String] { state.withLock { Array($0.files.keys) } }

    /// How many times there was a new one.
    package var changes: Int { state.withLock { $0.changes } }

    /// Notes what a record names: a path that is new, or another file under a path that is known.
    package func add(_ record: Record) {
        let named = named(in: record)
        guard !named.isEmpty else { return }
        state.withLock { state in
            for path in named {
                guard let found = LibraryRoot.Identity(of: path), state.files[path] != found else { continue }
                state.files[path] = found
                state.changes += 1
            }
        }
    }

    private func named(in record: Record) -> [String] {
        let ref = record.kind == "request" ? (try? record.ref) : nil
        switch naming {
        case .lists: return ref.flatMap(Self.list).map { [$0] } ?? []
        case .music(let folders):
            let isNew = { (path: String) in
                !(folders + self.paths).contains { path.utf8.starts(with: "\($0)/".utf8) }
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
    /// What it is held to when it is only asked for these.
    package func jail(asking records: [Record]) -> Jail? {
        var jail = jail?.touchingNothing
        guard executable.isNative, let needs = jail?.needs else { return jail }
        let files = NamedFiles(needs.hasNetwork ? .lists : .music(outside: []))
        records.forEach(files.add)
        jail?.needs.reads += files.paths
        return jail
    }
}
