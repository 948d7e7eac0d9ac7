import ArgumentParser
import Files
import StageKit
import Wire

/// Checks that the sound in each record's file is complete, and changes nothing; `segue verify` checks a whole library.
@main
struct Verify: Stage {
    static let profile = Profile(
        name: "verify",
        abstract: "Check that each record's file is complete, as far as its format allows; records pass unchanged.",
        discussion: """
            A file that fetch or decrypt has checked against the catalog's digest passes at once. Of the others, FLAC is \
            decoded and compared with its checksums, and so are Ogg and Opus, page by page; in MP3, M4A and WAV nothing \
            may be missing, added or misplaced. A damaged file, or one whose length is not the track's, is an error: \
            stale, so that it is fetched again, but permanent if the catalog gave a digest, since the same file would \
            come again. A difference from a length that only a list or a feed gave is noted, and is not an error.

              ... | decrypt --keyring keys.txt | verify --tolerance 5 | place ...
            """,
        reads: ["track", "media", "file", "placed"], writes: [], window: 16, replicas: 64)

    @Flag(help: "Check all files, including those that the catalog's digest has proved.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "How much the length of the sound may differ from the track's duration; inf for no limit.",
            valueName: "seconds"))
    var tolerance = 3.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        // This refuses NaN too.
        guard tolerance >= 0 else { throw ValidationError("--tolerance takes seconds, 0 or more") }
    }

    var details: JSONObject {
        var object = JSONObject()
        object["needs"] = Needs(reads: ["$SEGUE_SPOOL"]).json
        return object
    }

    func open(_ channels: Channels) throws(Failure) -> Channels { channels }

    func work(on record: Record, in channels: Channels) throws(Failure) -> StageAnswer {
        do throws(Failure) {
            return try check(record, channels)
        } catch {
            // The catalog is not to blame where a power cut left holes in the file.
            if error.class == .permanent { try record.file?.prove { channels.mustDrop } }
            throw error
        }
    }

    private func check(_ record: Record, _ channels: Channels) throws(Failure) -> StageAnswer {
        // A file in the library was checked when it came, and may have been edited since.
        if try record.settled != nil { return .unchanged }
        let specimen = try Specimen(record, channels)
        if specimen.isProven, !all { return .unchanged }
        guard let found = try specimen.examine(), let wanted = try record.track?.duration, wanted > 0,
            try record.media?.quality != "preview", abs(found - wanted) > tolerance
        else { return .unchanged }
        let (sound, announced) = (seconds(found), seconds(wanted))
        guard !specimen.isFromList else {
            // Lists and feeds give the length of the original, without what the server inserts.
            let source = try record.media?.isLocal == true ? "its head" : "its list"
            channels.note("\(record.id) has \(sound) s of sound, but \(source) says \(announced) s")
            return .unchanged
        }
        throw specimen.fault(
            "wrong_duration", "\(specimen.path) has \(sound) s of sound, but the track is \(announced) s long")
    }
}

/// A length in seconds, to the tenth.
private func seconds(_ value: Double) -> Double { (value * 10).rounded() / 10 }
