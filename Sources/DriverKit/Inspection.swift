import Catalogue
import Files
import Glibc
import PipelineFiles
import Processes
import Wire

/// Reads the files of a library, and compares them with its catalogue.
package struct Inspection: Sendable {
    private let catalogue: Catalogue
    /// How many files are read at once.
    private let jobs: Int

    private var library: String { catalogue.library }

    package init(_ catalogue: Catalogue, jobs: Int) { (self.catalogue, self.jobs) = (catalogue, jobs) }

    /// What is wrong with the files, in order.
    ///
    /// - Throws: what ``Catalogue`` throws.
    package func inspect(_ files: [CataloguedFile]) throws(Failure) -> [Damage] {
        var damages: [Damage] = []
        for (file, damage) in zip(files, sideBySide(files, jobs: jobs) { inspect($0) }) {
            guard var damage else { continue }
            if damage.kind != .missing, try catalogue.isTaken(file) {
                (damage.kind, damage.message) = (.missing, "another track's file has its name")
            }
            damages.append(damage)
        }
        return damages
    }

    private func inspect(_ file: CataloguedFile) -> Damage? {
        func damage(_ kind: Damage.Kind, _ message: String? = nil) -> Damage {
            Damage(kind: kind, id: file.id, path: file.path, message: message)
        }
        let path = "\(library)/\(file.path)"
        var status = stat()
        guard stat(path, &status) == 0 else {
            let isGone = errno == ENOENT || errno == ENOTDIR
            return isGone ? damage(.missing) : damage(.unreadable, String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return damage(.missing, "something else has its name") }
        if status.st_size == file.bytes {
            do throws(Failure) {
                if try digest(ofFile: path).sha256 == file.sha256 { return nil }
            } catch {
                return damage(.unreadable, error.message)
            }
        }
        if FileStatus(status).isWritten(since: file.booking) { return damage(.edited) }
        let isShorter = status.st_size < file.bytes
        return damage(isShorter ? .truncated : .changed, isShorter ? "\(status.st_size) of \(file.bytes) bytes" : nil)
    }

    /// Finds audio in the folder that is not in `known`, hashes of relative paths; and what cannot be read.
    package func eachStranger(excluding known: Set<Int>, _ body: (Damage) -> Void) {
        AudioWalk(library: library).each { entry in
            switch entry {
            case .file(let path) where known.contains(path.utf8Hash): return
            case .file(let path): body(Damage(kind: .stranger, path: path))
            case .misnamed(let path): body(Damage(kind: .stranger, path: path, message: AudioWalk.misnamed))
            case .unreadable(let path, let why): body(Damage(kind: .unreadable, path: path, message: why))
            }
        }
    }

    /// Moves damaged files aside, and returns the requests that bring their tracks again.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func putAside(_ damages: [Damage]) throws(Failure) -> [ItemRequest] {
        let aside = Aside(library: library, folder: Aside.damaged)
        // What is left of it may be the only copy.
        for damage in damages where damage.kind != .missing { _ = try aside.take(damage.path) }
        return damages.compactMap(\.id).map(ItemRequest.init(id:))
    }
}
