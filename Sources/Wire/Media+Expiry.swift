import FoundationEssentials

extension Media {
    /// Whether the origin's expiry time of the URL has passed; a time that cannot be read counts as not passed.
    package func isExpired(at now: Date = .now) -> Bool {
        expiresAt.flatMap(moment).map { $0 <= now } ?? false
    }
}

/// Reads a time in RFC 3339; nil for any other text.
package func moment(_ text: String) -> Date? {
    let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
    return styles.lazy.compactMap { try? $0.parse(text) }.first
}
