import FoundationEssentials

extension Media {
    /// Whether the time that the origin gave for the URL is over; a time that cannot be read says nothing.
    package func isExpired(at now: Date = .now) -> Bool {
        expiresAt.flatMap(moment).map { $0 <= now } ?? false
    }
}

/// A time in RFC 3339; nil for what is none.
package func moment(_ text: String) -> Date? {
    let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
    return styles.lazy.compactMap { try? $0.parse(text) }.first
}
