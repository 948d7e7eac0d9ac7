import Files
import StageKit
import Tags
import Wire

/// The files beside the audio: covers, artists' pictures and timed lyrics. A track is complete without those that can never be written.
struct Covers {
    /// The most bytes of a cover that is embedded in the audio files.
    let maximumEmbedded: Int
    /// Whether an album's folder gets a file with its cover.
    let hasFiles: Bool
    let channels: Channels

    func embedded(_ artwork: Artwork) -> Artwork? {
        if artwork.bytes.count <= maximumEmbedded { return artwork }
        channels.note("not embedded: a cover of \(artwork.bytes.count) bytes, over \(maximumEmbedded)")
        return nil
    }

    /// The pictures that folders lack, and the timed lyrics of a track, for the folder that its audio comes into.
    ///
    /// - Throws: what may pass, such as a full disk, which leaves none of them.
    func companions(
        of track: Track?, id: String, in target: LibraryTarget, _ artwork: Artwork?, _ artistPicture: Artwork?
    ) throws(Failure) -> [Companion] {
        var made: [Companion] = []
        do throws(Failure) {
            if hasFiles, let folder = target.albumFolder { made += try picture(artwork, as: "cover", in: folder) }
            if let folder = target.artistFolder { made += try picture(artistPicture, as: "artist", in: folder) }
            if let lyrics = track?.syncedLyrics, !lyrics.isEmpty {
                made += try companion(Array(lyrics.utf8), at: nil, target.temporary(id: "lyrics of \(id)"))
            }
            return made
        } catch {
            for companion in made { companion.part.discard() }
            throw error
        }
    }

    /// Gives a companion its name, unless that is taken: a file that is there may be the user's own, and stays.
    ///
    /// - Throws: what may pass.
    func name(_ companion: Companion, beside audio: String, _ pending: PendingSync) throws(Failure) {
        let path = companion.path ?? lyricsPath(beside: audio)
        do throws(Failure) {
            if try companion.part.giveName(ifFree: path) { pending.add(nameOf: path) } else { companion.part.discard() }
        } catch {
            companion.part.discard()
            try leaveOut(path, error)
        }
    }

    private func picture(
        _ picture: Artwork?, as name: String, in folder: String
    ) throws(Failure) -> [Companion] {
        guard let picture else { return [] }
        let paths = ["jpg", "png"].map { "\(folder)/\(name).\($0)" }
        // One temporary name for both, so that only one is made where the tracks of an album bring one each.
        let temporary = TemporaryName.path(in: folder, for: "\(folder)/\(name)")
        // An empty file may be left from a crash while this name was claimed.
        guard paths.allSatisfy({ fileSize($0) ?? 0 == 0 }) else {
            // One that was killed while another's got the name would never come back to it.
            PartialFile.remove(ifAbandoned: temporary)
            return []
        }
        return try companion(picture.bytes, at: paths[picture.mime == "image/png" ? 1 : 0], temporary)
    }

    private func companion(
        _ bytes: [UInt8], at path: String?, _ temporary: String
    ) throws(Failure) -> [Companion] {
        do throws(Failure) {
            let part = try PartialFile(at: temporary, keeping: false)
            do throws(Failure) {
                try part.write(bytes)
                return [Companion(part: part, path: path)]
            } catch {
                part.discard()
                throw error
            }
        } catch  where error.code == "busy" {
            // Another process is writing it at this moment, or another track of this album has it.
        } catch {
            try leaveOut(path ?? "the lyrics", error)
        }
        return []
    }

    /// - Throws: what may pass, such as a full disk: then the track is tried again, and this with it.
    private func leaveOut(_ path: String, _ failure: Failure) throws(Failure) {
        if failure.code == "disk_full" || failure.class == .transient { throw failure }
        channels.note("left out \(lastPart(of: path)): \(failure.message)")
    }
}

/// A file beside the audio, complete under a temporary name.
struct Companion {
    let part: PartialFile
    /// Nil for lyrics, whose name follows that of the audio.
    let path: String?
}

/// The path at which players look for a file's timed lyrics.
func lyricsPath(beside path: String) -> String {
    String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex)) + ".lrc"
}
