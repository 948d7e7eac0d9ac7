import Files
import Lists
import Wire

extension ResolveSession {
    /// The path of the file that a link in a local list means: one that exists, else one that the library had, else the path
    /// as written. Other links stay as they are.
    func file(_ link: String, inList list: String) -> String {
        let paths = FileLink.paths(link, beside: folder(of: list))
        let there = paths.first { FileStatus($0) != nil }
        return there ?? paths.first { (try? library?.track(at: $0)) != nil } ?? paths.first ?? link
    }

    /// The skip for a file of the library, even if it was moved; no other local file is taken.
    func local(_ entry: ListEntry, _ path: String, of request: Record, at seq: Int) throws(Failure) -> Record {
        guard let id = try library?.track(at: path) else {
            throw .permanent("local_file", "\(try place(of: entry, in: request, at: seq)) \(stranger(path))")
        }
        var record = Record(request: path, id: id, parent: request.id, seq: seq)
        switch try library?.holding(of: &record) {
        case .whole(let answer): return answer
        case .rival(let rival): return rival.skip(record)
        case .part, .nothing, nil: break
        }
        guard let placed = try record.placed else {
            throw .permanent(
                "no_file", "\(path) was \(id) of the library, and is gone: segue verify --repair has it fetched again")
        }
        guard FileStatus(placed.path)?.bytes == placed.bytes else {
            throw .permanent(
                "damaged",
                "\(path) is \(id) of the library, and not as it was booked: segue verify --repair has it fetched again")
        }
        return .skip(record, why: "in the library")
    }

    private func stranger(_ path: String) -> String {
        let name = path.prefix(200)
        guard FileStatus(path) != nil else {
            let reading =
                Format(link: path) == nil
                ? "is neither a link nor a reference, and there is no file at that path, \(name)"
                : "names \(name), but there is no such file, nor was it in the library"
            return "\(reading): give a link, or take it out of the list"
        }
        let way =
            library == nil
            ? "give --library DIR to have the files of a library skipped"
            : "put it into the library and run segue import, or take it out of the list"
        return "is a file of this machine, \(name), but not of a library: \(way)"
    }
}
