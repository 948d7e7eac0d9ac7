import Files
import StageKit
import Tags
import Wire

/// The files beside the audio: covers, artists' pictures and timed lyrics. A track is complete without them.
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

    func accompany(
        _ path: String, _ track: Track?, in target: LibraryTarget, _ artwork: Artwork?, _ artistPicture: Artwork?
    ) {
        if let lyrics = track?.syncedLyrics, !lyrics.isEmpty { put(Array(lyrics.utf8), at: lyricsPath(beside: path)) }
        if hasFiles, let folder = target.albumFolder { put(artwork, as: "cover", in: folder) }
        if let folder = target.artistFolder { put(artistPicture, as: "artist", in: folder) }
    }

    private func put(_ picture: Artwork?, as name: String, in folder: String) {
        guard let picture else { return }
        let paths = ["jpg", "png"].map { "\(folder)/\(name).\($0)" }
        if paths.allSatisfy({ fileSize($0) == nil }) {
            put(picture.bytes, at: paths[picture.mime == "image/png" ? 1 : 0])
        }
    }

    /// A file that is there already may be the user's own, and stays.
    private func put(_ bytes: [UInt8], at path: String) {
        if fileSize(path) != nil { return }
        do throws(Failure) {
            let part = try PartialFile(
                at: "\(folder(of: path))/.segue-\(SHA256.of(path).prefix(16)).part", keeping: false)
            do throws(Failure) {
                try part.write(bytes)
                if try part.rename(ifFree: path) { return }
                part.discard()
            } catch {
                part.discard()
                throw error
            }
        } catch  where error.code == "busy" {
            // Another process is writing it at this moment.
        } catch {
            channels.note("left out \(lastPart(of: path)): \(error.message)")
        }
    }
}

/// The path at which players look for a file's timed lyrics.
func lyricsPath(beside path: String) -> String {
    String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex)) + ".lrc"
}
