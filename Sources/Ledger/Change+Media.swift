import Wire

extension Change {
    /// The number of the stage if its answer has other media than it was given; nil if the media is not its own.
    func mediaStage(of record: Record, instead old: @autoclosure () -> Record?, at stage: Int) -> Int64? {
        guard route.stops[stage].writesMedia, let media = record["media"] else { return nil }
        return old()?["media"].map { Array($0.text) } == Array(media.text) ? nil : numbers[stage]
    }

    /// The stage that renews stale media: the one that wrote it if that is known and still on the route, else the nearest.
    func renewal(of job: Job) throws -> Int? {
        let found = try row("SELECT media_stage FROM item WHERE number = ?", [job.item])
        let writer = try (found?["media_stage"] as Int64?).flatMap(index(ofStage:))
        guard let writer, writer < job.stage, route.stops[writer].writesMedia else {
            return route.renewal(before: job.stage)
        }
        return writer
    }
}
