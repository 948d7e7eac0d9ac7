import Files
import StageKit
import Tags
import Wire

/// What stands beside the audio: covers, artists' pictures and timed lyrics. A track without them is still whole.
struct Covers {
    /// Bytes of a cover that goes into the files themselves.
    let maximumEmbedded: Int
    /// Whether an album's folder gets its cover.
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
        if let lyrics = track?.syncedLyrics, !lyrics.isEmpty { put(Array(lyrics.utf8), at: lyricsPath(besides: path)) }
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

    /// One that is there already may be somebody's own, and stays.
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
            // Another process is putting it there just now.
        } catch {
            channels.note("left out \(lastPart(of: path)): \(error.message)")
        }
    }
}

/// Where players look for the timed lyrics of a file.
func lyricsPath(besides path: String) -> String {
    String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex)) + ".lrc"
}
