import FoundationEssentials

extension Media {
    /// Whether the time that the origin gave for the URL is over; a time that cannot be read says nothing.
    package func isExpired(at now: Date = .now) -> Bool {
        expiresAt.flatMap(moment).map { $0 <= now } ?? false
    }
}
