import Wire

extension Change {
    /// The number of a stage whose answer has other media than what it got; nil where the media is not its own.
    func mediaStage(of record: Record, instead old: @autoclosure () -> Record?, at stage: Int) -> Int64? {
        guard road.stops[stage].writesMedia, let media = record["media"] else { return nil }
        return old()?["media"].map { Array($0.text) } == Array(media.text) ? nil : numbers[stage]
    }

    /// Where a record goes whose media went stale: to the stage that wrote it, if that is known and still on its way.
    func renewal(of job: Job) throws -> Int? {
        let found = try row("SELECT media_stage FROM item WHERE number = ?", [job.item])
        let writer = (found?["media_stage"] as Int64?).flatMap(index(ofStage:))
        guard let writer, writer < job.stage, road.stops[writer].writesMedia else {
            return road.renewal(before: job.stage)
        }
        return writer
    }
}
