/// A link without the parts that change from day to day though it leads to the same file: trackers before it, a
/// password, signatures and the like in its query, a session, the fragment.
///
/// It serves to compare links; requests use the link as it is written.
package func stem(of link: String) -> String {
    var stem = String(link.prefix { $0 != "#" })
    while let rest = Tracker.stripped(stem) { stem = rest }
    return QueryNoise.stripped(withoutUser(stem))
}

private func withoutUser(_ link: String) -> String {
    guard let start = link.firstRange(of: "://")?.upperBound else { return link }
    let end = link[start...].firstIndex { "/?".contains($0) } ?? link.endIndex
    guard let sign = link[start..<end].lastIndex(of: "@") else { return link }
    return String(link[..<start] + link[link.index(after: sign)...])
}
