/// Tracks that belong together, in the order of their numbers.
struct Album: Sendable {
    let id: Int
    let title: String
    let artist: Int
    let songs: [Int]
    let releaseDate: String?
    /// A picture file in the folder.
    let cover: String?
}
