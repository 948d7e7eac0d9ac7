import Files
import StageKit
import Tags
import Wire

/// A tagged file in its folder in the library, under a temporary name until it is durable.
final class Arrival {
    let id: String
    let part: PartialFile
    let target: LibraryTarget
    let companions: [Companion]
    /// What it is to be placed as; the path is still to be found.
    let draft: Placed
    /// The file that it replaces.
    var old: Shelved?
    fileprivate(set) var outcome: Result<Placed, Failure>?

    init(_ id: String, _ part: PartialFile, in target: LibraryTarget, _ companions: [Companion], _ draft: Placed) {
        (self.id, self.part, self.target) = (id, part, target)
        (self.companions, self.draft) = (companions, draft)
    }

    /// Where it was placed; only after `settle`.
    func placed() throws(Failure) -> Placed {
        guard let outcome else { throw .transient("file_error", "\(part.path) was not settled") }
        return try outcome.get()
    }

    fileprivate func fail(_ failure: Failure) {
        if case .failure = outcome { return }
        if outcome == nil { for part in [part] + companions.map(\.part) { part.discard() } }
        outcome = .failure(failure)
    }
}

/// Files that become durable together, and only then get their names: a name in the library never leads to lost bytes.
final class Arrivals {
    /// What was changed in the library for those that wait.
    let pending = PendingSync()
    private let library: LibraryFolder
    private let covers: Covers
    private let names: FolderNames
    private var waiting: [Arrival] = []

    init(in library: LibraryFolder, _ covers: Covers, beside names: FolderNames) {
        (self.library, self.covers, self.names) = (library, covers, names)
    }

    func add(_ arrival: Arrival) {
        waiting.append(arrival)
        for part in [arrival.part] + arrival.companions.map(\.part) { pending.add(part) }
    }

    func holds(_ id: String) -> Bool { waiting.contains { $0.id.utf8.elementsEqual(id.utf8) } }

    /// Gives all that wait their names, durably; each has an outcome then.
    func settle() {
        let arrivals = waiting
        waiting = []
        do throws(Failure) {
            try pending.synchroniseFiles()
            try library.check()
            for arrival in arrivals { settle(arrival) }
            try pending.synchroniseFolders()
        } catch {
            for arrival in arrivals { fail(arrival, error) }
        }
    }

    private func settle(_ arrival: Arrival) {
        do throws(Failure) {
            let placed = try name(arrival)
            for companion in arrival.companions { try covers.name(companion, beside: placed.path, pending) }
            arrival.outcome = .success(placed)
        } catch {
            fail(arrival, error)
        }
    }

    private func name(_ arrival: Arrival) throws(Failure) -> Placed {
        if let old = arrival.old { try putAside(old) }
        var placed = arrival.draft
        let (path, isEdited) = try arrival.target.settle(arrival.part, placed.bytes, placed.sha256, beside: names) {
            isFile(of: arrival.id, at: $0, placed.format)
        }
        pending.add(nameOf: path)
        names.clear([arrival.target.albumFolder, arrival.target.artistFolder].compactMap(\.self))
        placed.path = path
        if isEdited {
            (placed.bytes, placed.sha256) = try digest(ofFile: path)
            placed.artwork = nil
        }
        return placed
    }

    /// Moves a file that a better one replaces to the trash, unless somebody has just written to it.
    private func putAside(_ old: Shelved) throws(Failure) {
        guard old.isThere else { return }
        guard old.isUntouched else { throw .transient("busy", "\(old.placed.path) was edited meanwhile") }
        let path = library.relative(old.placed.path)
        _ = try Aside(library: library.root, folder: Aside.trash).take(path)
        names.free(old.placed.path)
    }

    private func fail(_ arrival: Arrival, _ failure: Failure) {
        do throws(Failure) {
            arrival.fail(failure)
            try library.leave(arrival.target.folder)
        } catch {
            arrival.outcome = .failure(error)
        }
    }

    /// Whether a file's tags name this track: then somebody edited it, and it stays as it is.
    private func isFile(of id: String, at path: String, _ format: Format) -> Bool {
        guard let source = (try? AudioTags.source(path, format)) ?? nil else { return false }
        return source.utf8.elementsEqual(id.utf8)
    }
}
