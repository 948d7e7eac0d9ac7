import Wire

extension Loop {
    /// Answers all of stdin with several workers; false when something was left unanswered.
    func answerTogether(_ work: Work, sharing shared: S.Shared) -> Bool {
        let (stage, channels, feed) = (stage, channels, Feed())
        let others = (1..<stage.workers).compactMap { _ in
            WorkerThread { Loop(stage: stage, channels: channels).answer(feed, sharing: shared) }
        }
        answer(feed, work)
        for other in others { other.join() }
        return feed.isDrained
    }

    /// Answers with a session of its own until the input ends.
    private func answer(_ feed: Feed, sharing shared: S.Shared) {
        do throws(Failure) {
            let session = try stage.open(channels, sharing: shared)
            answer(feed, work(in: session))
            _ = try stage.close(session)
        } catch {
            channels.note(error.message)
        }
    }

    private func answer(_ feed: Feed, _ work: Work) {
        while let (line, number) = feed.next(channels) {
            var due = entries(in: line, number, of: feed, work)
            while !due.isEmpty {
                let entry = due.removeFirst()
                guard answer(entry.record, work), settle(work) else { return }
                due += feed.answered(entry.number)
            }
        }
    }

    /// What can be answered now that a line was read: its record, those that waited for a line that is none, or nothing
    /// yet.
    private func entries(
        in line: LineReader.Line, _ number: Int, of feed: Feed, _ work: Work
    ) -> [LineOrder.Entry] {
        guard let record = record(in: line, number, work) else { return feed.answered(number) }
        return feed.admit(LineOrder.Entry(record: record, number: number, passes: !kinds.contains(record.kind)))
    }
}
