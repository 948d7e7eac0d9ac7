/// Tracks in an order of somebody's choice, in which one may come twice.
struct Playlist: Sendable {
    let id: Int
    let title: String
    let songs: [Int]
}
