import ArgumentParser
import Files
import StageKit
import Wire

/// Sees that the sound in each file is whole, and changes nothing.
@main
struct Verify: Stage {
    static let profile = Profile(
        name: "verify",
        abstract: "See that each record's file is whole, by what its own format tells; records pass unchanged.",
        discussion: """
            A file that fetch or decrypt has held against the catalog's digest of it passes at once. Of all others, FLAC \
            is decoded and held against its checksums, Ogg and Opus page by page; of MP3, M4A and WAV it sees that \
            nothing is missing, added or out of its place. A file that is damaged, or whose length is not the track's, is \
            an error: stale, so that it is fetched anew; but permanent where the catalog told a digest, since the same \
            file would come again. A length that only a list or a feed told is noted, and no error.

              ... | decrypt --keyring keys.txt | verify --tolerance 5 | place ...
            """,
        reads: ["track", "media", "file", "placed"], writes: [])

    @Flag(help: "Look at all files, also at those that a digest of the catalog has proved.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "How far the length of the sound may be from the track's duration; inf: as far as it likes.",
            valueName: "seconds"))
    var tolerance = 3.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        // What is no number is not at least 0 either.
        guard tolerance >= 0 else { throw ValidationError("--tolerance takes seconds, 0 or more") }
    }

    func open(_ channels: Channels) throws(Failure) -> Channels { channels }

    func work(on record: Record, in channels: Channels) throws(Failure) -> StageAnswer {
        // What the library has already was looked at when it came, and may be somebody's own by now.
        if let placed = try record.placed, FileStatus(placed.path)?.bytes == placed.bytes { return .unchanged }
        let specimen = try Specimen(record, channels)
        if specimen.isProven, !all { return .unchanged }
        guard let found = try specimen.examine(), let wanted = try record.track?.duration, wanted > 0,
            try record.media?.quality != "preview", abs(found - wanted) > tolerance
        else { return .unchanged }
        let (sound, announced) = (seconds(found), seconds(wanted))
        guard !specimen.isFromList else {
            // Lists and feeds tell what somebody wrote into them, and not what the server puts in.
            channels.note("\(record.id) has \(sound) s of sound, and its list says \(announced) s")
            return .unchanged
        }
        throw specimen.fault(
            "wrong_duration", "\(specimen.path) has \(sound) s of sound, and the track is \(announced) s long")
    }
}

/// To the tenth.
private func seconds(_ value: Double) -> Double { (value * 10).rounded() / 10 }
