import Files
import Foundation
import Processes
import Wire

/// The records that the stage under test gets, with their own files.
package struct Samples {
    /// The records, each with its own id, and with the probe.
    private(set) var records: [Record]
    let files: SampleFiles

    static let most = 20

    /// Reads the user's own samples.
    ///
    /// - Throws: `bad_sample` (`permanent`), and what ``fileFailure(_:errno:)`` makes of it if the file cannot be read.
    package init(file path: String, folder: String) throws(Failure) {
        guard let data = FileManager.default.contents(atPath: path) else { throw fileFailure("cannot read \(path)") }
        var records: [Record] = []
        var ids: Set<Key> = []
        for (index, line) in data.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            guard records.count < Self.most, line.contains(where: { $0 > 32 }) else { continue }
            do throws(Rejection) {
                records.append(try Record(line: Array(line)))
            } catch {
                throw .permanent("bad_sample", "\(path):\(index + 1): \(error.failure.message)")
            }
            guard ids.insert(Key(records[records.count - 1].id)).inserted else {
                throw .permanent("bad_sample", "\(path):\(index + 1): a second record with this id")
            }
        }
        guard !records.isEmpty else { throw .permanent("bad_sample", "\(path) holds no record") }
        self.init(records, files: SampleFiles(folder: folder))
        adoptFiles()
    }

    /// Makes samples of our own.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package init(expands: Bool, folder: String) throws(Failure) {
        let files = SampleFiles(folder: folder)
        let records = expands ? Self.requests : try Self.tracks(files)
        self.init(records, files: files)
    }

    private init(_ records: [Record], files: SampleFiles) {
        (self.records, self.files) = (records, files)
        for index in records.indices { Probe.put(into: &self.records[index]) }
    }

    /// Replaces the files that records name with copies, so that the stage can do no harm.
    private mutating func adoptFiles() {
        for index in records.indices {
            guard var file = records[index]["file"]?.object else { continue }
            if let path = file["path"]?.string, let copy = files.adopt(path) { file["path"] = .string(copy) }
            if var artwork = file["artwork"]?.object, let path = artwork["path"]?.string, let copy = files.adopt(path) {
                artwork["path"] = .string(copy)
                file["artwork"] = artwork.value
            }
            records[index]["file"] = file.value
        }
    }

    private static var requests: [Record] {
        [("playlist:1", "sample:playlist:1"), ("track:1", "sample:track:1"), ("album:1", "sample:album:1")].map {
            Record(request: $0, id: $1)
        }
    }

    /// Tracks roughly as they are before place: one has little data, one is long, one is not in a collection.
    private static func tracks(_ files: SampleFiles) throws(Failure) -> [Record] {
        let tracks = [
            #"{"title":"First","artist":"Someone","artists":["Someone"],"album":"One","track_number":1,"duration_s":183.5}"#,
            #"{"title":"\#u{65E5}\#u{672C} \#u{1F3B5} \"quoted\" \\ / é","artist":"A & B","artists":["A","B"],"explicit":false}"#,
            #"{"title":"Long","artist":"Someone","duration_s":4000,"genres":[]}"#,
            #"{"title":"Little"}"#,
            #"{"title":"Alone","artist":"Someone","explicit":true,"bpm":120.25}"#
        ]
        var records: [Record] = []
        for (index, track) in tracks.enumerated() {
            let isChild = index < tracks.count - 1
            var record = Record(
                kind: "track", id: "sample:track:\(index + 1)", parent: isChild ? "sample:playlist:1" : nil,
                seq: isChild ? index + 1 : nil)
            record["track"] = try? JSON(parsing: Array(track.utf8))
            record.edit("media") {
                $0["url"] = .string("http://127.0.0.1:9/sample-\(index + 1).wav")
                $0["format"] = .string("wav")
            }
            let file = try files.makeAudio(named: "sample-\(index + 1).wav", seed: UInt8(index))
            record.edit("file") {
                $0["path"] = .string(file.path)
                $0["bytes"] = .integer(file.bytes)
                $0["sha256"] = .string(file.sha256)
            }
            records.append(record)
        }
        return records
    }
}
