import Files
import Processes
import Wire

/// The lists of this machine that records named: of all files, a stage may read these.
package struct LocalLists {
    private var files: [String: LibraryRoot.Identity] = [:]

    package var paths: [String] { Array(files.keys) }

    package init() {}

    /// Notes the list that a request names; true if no process that runs can read it yet: it, or the file that has its
    /// name now, is new.
    package mutating func add(_ record: Record) -> Bool {
        guard record.kind == "request", let ref = try? record.ref, ListPath.isOne(ref), !WebLink.isOne(ref),
            let path = try? ListPath.absolute(ref), let found = LibraryRoot.Identity(of: path), files[path] != found
        else { return false }
        files[path] = found
        return true
    }
}

extension FoundStage {
    /// What it is held to when it is asked for these.
    package func jail(asking records: [Record]) -> Jail? {
        var (jail, lists) = (jail, LocalLists())
        if executable.isNative, writesTracks { for record in records { _ = lists.add(record) } }
        jail?.needs.reads += lists.paths
        return jail
    }
}
