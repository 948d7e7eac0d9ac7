import FoundationEssentials
import Wire

@testable import Catalogue

/// A library in a folder of its own, gone after the test.
struct Shelf {
    let folder: String

    static func with(_ body: (Shelf) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/catalogue-\(UInt64.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(Shelf(folder: folder))
    }

    static let moment = "2030-01-02T03:04:05.678Z"

    func open(readOnly: Bool = false, patience: Double = 10) throws(Failure) -> Catalogue {
        try Catalogue(library: folder, readOnly: readOnly, patience: patience)
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// A track with a file of five bytes.
    func track(
        _ id: String, at path: String = "a.flac", title: String = "Title", sha256: String = "00"
    ) throws -> CataloguedTrack {
        try write("audio", to: path)
        var record = Record(kind: "track", id: id)
        record.edit("track") { $0["title"] = .string(title) }
        let placed = Placed(
            path: "\(folder)/\(path)", bytes: 5, sha256: sha256, format: .flac, duration: 1.5, quality: nil)
        return try CataloguedTrack(record, placed: placed, path: path)
    }

    func failure(
        _ id: String, stage: String = "fetch", class: String = "permanent", record: Record? = nil
    ) -> CataloguedFailure {
        var line = Record(kind: "error", id: id)
        line["stage"] = .string(stage)
        line["class"] = .string(`class`)
        line["code"] = .string("http_404")
        line["record"] = (record ?? Record(request: "track:1", id: id)).value
        return CataloguedFailure(line)
    }
}

extension Catalogue {
    @discardableResult
    func change<Result>(_ body: (Change) throws(Failure) -> Result) throws(Failure) -> Result {
        try change(now: Shelf.moment, body)
    }

    func openFailures() throws -> [String] {
        var ids: [String] = []
        _ = try eachOpenFailure { ids.append($0.id) }
        return ids
    }
}
