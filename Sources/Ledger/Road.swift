import Wire

/// The stages of a pipeline in their order, as far as an item's way depends on them.
package struct Road: Sendable {
    package struct Stop: Sendable {
        package var name: String
        /// The kinds that it works on; nil when that is not known, and it gets all of them.
        package var kinds: Set<String>?
        package var writesMedia: Bool
        /// Whether it is told how many tries a record has left.
        package var wantsTries: Bool
        package var backoff: Backoff

        package init(
            name: String, kinds: Set<String>? = nil, writesMedia: Bool = false, wantsTries: Bool = false,
            backoff: Backoff = Backoff()
        ) {
            (self.name, self.kinds, self.backoff) = (name, kinds, backoff)
            (self.writesMedia, self.wantsTries) = (writesMedia, wantsTries)
        }
    }

    /// In the order in which records come to them.
    package let stops: [Stop]
    /// How the file is found of a record that is at its end: by the library's catalogue where there is one.
    package var find: @Sendable (Wire.Record) -> Whereabouts = { $0.whereabouts }

    package init(_ stops: [Stop]) { self.stops = stops }

    /// The next stage that a record of this kind goes to, or nil at the end of the road.
    ///
    /// A stage passes kinds that are not its own, so that leaving it out changes nothing.
    package func next(after index: Int, kind: String) -> Int? {
        stops.indices.first { $0 > index && (stops[$0].kinds?.contains(kind) ?? true) }
    }

    /// Where a record goes whose media went stale at a stage, when nobody knows who wrote it.
    func renewal(before index: Int) -> Int? { stops.indices.last { $0 < index && stops[$0].writesMedia } }
}
