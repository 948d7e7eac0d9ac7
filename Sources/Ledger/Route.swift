import Wire

/// The stages of a pipeline in order, with what an item's way depends on.
package struct Route: Sendable {
    package struct Stop: Sendable {
        package var name: String
        /// The kinds of record that it works on; nil if that is not known, and it gets all of them.
        package var kinds: Set<String>?
        package var writesMedia: Bool
        /// Whether it renews no media but what it wrote itself.
        package var renewsOwnOnly: Bool
        /// Whether records for it say how many tries they have left.
        package var wantsTries: Bool
        package var backoff: Backoff

        package init(
            name: String, kinds: Set<String>? = nil, writesMedia: Bool = false, renewsOwnOnly: Bool = false,
            wantsTries: Bool = false, backoff: Backoff = Backoff()
        ) {
            (self.name, self.kinds, self.backoff) = (name, kinds, backoff)
            (self.writesMedia, self.renewsOwnOnly, self.wantsTries) = (writesMedia, renewsOwnOnly, wantsTries)
        }
    }

    /// The stages in the order of the pipeline.
    package var stops: [Stop]
    /// Who is told of what happens.
    package var recipients: [NoticeRecipient] = []
    /// Finds the file of a finished record: with the library's catalogue where there is one.
    package var find: @Sendable (Wire.Record) -> Whereabouts = { $0.whereabouts }

    package init(_ stops: [Stop]) { self.stops = stops }

    /// The index of the next stage that a record of this kind goes to, or nil at the end of the route.
    ///
    /// A stage would pass other kinds unchanged, so it can be left out.
    package func next(after index: Int, kind: String) -> Int? {
        stops.indices.first { $0 > index && (stops[$0].kinds?.contains(kind) ?? true) }
    }

    /// The index of the stage that renews media that went stale at a stage, when it is not known which one wrote it.
    func renewal(before index: Int) -> Int? {
        stops.indices.last { $0 < index && stops[$0].writesMedia && !stops[$0].renewsOwnOnly }
    }
}
