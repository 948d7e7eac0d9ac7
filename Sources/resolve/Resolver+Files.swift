import Files
import Lists
import Wire

extension Resolver {
    /// The path of the file that a link in a list of this machine means: one that is there, else one that the library had,
    /// else as it is written. What leads elsewhere stays as it is.
    func file(_ link: String, inList list: String) -> String {
        let paths = FileLink.paths(link, beside: folder(of: list))
        let there = paths.first { FileStatus($0) != nil }
        return there ?? paths.first { (try? library?.track(at: $0)) != nil } ?? paths.first ?? link
    }

    /// What the library has is there, wherever somebody moved it; no other file of this machine is taken.
    func local(_ entry: ListEntry, _ path: String, of request: Record, at seq: Int) throws(Failure) -> Record {
        guard let id = try library?.track(at: path) else {
            throw .permanent("local_file", "\(try place(of: entry, in: request, at: seq)) \(stranger(path))")
        }
        var record = Record(request: path, id: id, parent: request.id, seq: seq)
        if let skip = try skip(&record) { return skip }
        guard let placed = try record.placed else {
            throw .permanent(
                "no_file", "\(path) was \(id) of the library, and is gone: segue verify --repair has it fetched anew")
        }
        guard FileStatus(placed.path)?.bytes == placed.bytes else {
            throw .permanent(
                "damaged",
                "\(path) is \(id) of the library, and not as it was booked: segue verify --repair has it fetched anew")
        }
        return .skip(record, why: "in the library")
    }

    private func stranger(_ path: String) -> String {
        let name = path.prefix(200)
        guard FileStatus(path) != nil else {
            let reading =
                Format(link: path) == nil
                ? "is no link and no reference, and was read as the path of a file, \(name), but there is no file of that name"
                : "names \(name), but there is no file there, nor was it in the library"
            return "\(reading): give a link, or take it out of the list"
        }
        let way =
            library == nil
            ? "give --library DIR to have the files of a library skipped"
            : "put it into the library and run segue import, or take it out of the list"
        return "is a file of this machine, \(name), and none of a library: \(way)"
    }
}
