import Files
import Processes
import Wire

extension FoundStage {
    /// Has a stage with the role covers fetch a picture into the folder `SEGUE_ARTWORK`, in the way of all pictures: to its
    /// program it is that of a track in the library that lacks nothing else.
    ///
    /// `id` is what it is a picture of; with `isFar` it may be on the internet alone. `environment` has the program's variables by
    /// name. It is given up when the picture is no longer wanted.
    ///
    /// - Throws: `stage_ended` if the program fails, and what ``Child`` and ``fileFailure(_:errno:)`` make of it. A picture that could
    ///   not be had is not there then, and nothing is thrown.
    package func fetch(
        picture url: String, of id: String, isFar: Bool, environment: [String: String], while isWanted: () -> Bool
    ) throws(Failure) {
        let spool = environment["SEGUE_SPOOL"] ?? "."
        try TemporaryFolder.with(prefix: "picture", in: spool, clear: { _ in }) { folder throws(Failure) in
            var environment = environment
            environment["SEGUE_SPOOL"] = folder
            let track = try Self.track(id, picture: url, isFar: isFar, in: folder)
            let pipe = try PlainPipe([(executable, jail)], environment: environment)
            _ = try pipe.run([track], while: isWanted) { _ in }
        }
    }

    /// A record whose file is there, an empty one in the folder.
    private static func track(
        _ id: String, picture url: String, isFar: Bool, in folder: String
    ) throws(Failure) -> Record {
        let path = "\(folder)/track"
        _ = try PartialFile(at: path, keeping: false)
        var (record, media) = (Record(kind: "track", id: id), Media(url: url, format: .mp3))
        media.isFar = isFar
        let placed = Placed(
            path: path, bytes: 0, sha256: "", format: .mp3, duration: nil, quality: nil, artwork: Placed.missing)
        record.edit("track") { $0["artwork_url"] = .string(url) }
        record.edit("media") { media.write(to: &$0) }
        record.edit("placed") { placed.write(to: &$0) }
        return record
    }
}
