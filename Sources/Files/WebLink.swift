import Wire

/// A link that somebody asks for, of which nothing is known but how it is written.
package enum WebLink {
    /// The first part of the ids of links that lead to audio, and of those that may lead to many tracks.
    package static let (audio, list) = ("url", "file")

    package static func isOne(_ text: String) -> Bool {
        ["http://", "https://"].contains { text.prefix($0.count).lowercased() == $0 }
    }

    /// The id of the track, or of the list, that it leads to.
    package static func id(_ url: String) -> String {
        (Format(link: url) == nil ? "\(list):playlist:" : "\(audio):track:") + SHA256.of(url).prefix(32)
    }
}
