import Files
import PipelineFiles
import Server
import Wire

/// Pictures of what a search found. They come from this server, as those of tracks do: a browser that asked for them elsewhere
/// would tell strangers who looks for what.
extension API {
    struct HitPicture {
        let id: String
        let url: String
        let isFar: Bool
    }

    /// How many it remembers, and for how many seconds one may be fetched.
    private static let most = 5000
    private static let patience: Int64 = 20
    /// Of the names of their files.
    private static let prefix = "artwork-"

    private var fetching: FoundStage? { found.first { $0.has(.covers) } }

    /// The name under which the picture of a hit can be asked for; nil if it has none, or no stage fetches pictures.
    func pictureName(of hit: Record) -> String? {
        let section = (hit["track"] ?? hit["collection"])?.object
        guard let url = section?["artwork_url"]?.string, fetching != nil else { return nil }
        let name = String(lastPart(of: SpoolName.artwork(url: url, in: "")).dropFirst(Self.prefix.count))
        let picture = HitPicture(id: hit.id, url: url, isFar: hit["far"]?.boolean ?? false)
        hitPictures.withLock { pictures in
            if pictures.count >= Self.most { pictures = [:] }
            pictures[name] = picture
        }
        return name
    }

    /// A picture that a search named; it is fetched at most once.
    func picture(_ name: String, _ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        let path = "\(pipeline.pictures)/\(Self.prefix)\(name)"
        guard SpoolName.isArtwork(path) else { throw .permanent("no_cover", "there is no picture of that name") }
        if let response = Self.picture(at: path) { return response }
        if let picture = hitPictures.withLock({ $0[name] }), let fetching {
            try fetching.fetch(
                picture: picture.url, of: picture.id, isFar: picture.isFar, environment: pipeline.stageEnvironment,
                while: wish(of: request, Self.patience))
        }
        guard let response = Self.picture(at: path) else { throw .permanent("no_cover", "the picture cannot be had") }
        return response
    }
}
