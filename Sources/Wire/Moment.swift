import FoundationEssentials

/// A time in RFC 3339; nil for what is none.
package func moment(_ text: String) -> Date? {
    let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
    return styles.lazy.compactMap { try? $0.parse(text) }.first
}
