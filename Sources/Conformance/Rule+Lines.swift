import Wire

extension Rule {
    static let lines = [
        Rule(name: "clean-stdout", summary: "Only records are on stdout: no banner, no progress, no blank line.") {
            examination throws(Failure) in
            guard let noise = examination.noise else { return examination.passIfSeen }
            return .fail("line \(noise.number) of its stdout is not a record", line: noise.text)
        },
        Rule(
            name: "valid-lines",
            summary: "Each line is strict UTF-8, one JSON object with v, id and kind, and no longer than a MiB."
        ) { examination throws(Failure) in
            guard let (reply, why) = examination.broken else { return examination.passIfSeen }
            return .fail("line \(reply.number) of its stdout: \(why)", line: reply.text)
        }
    ]
}

extension Examination {
    fileprivate var passIfSeen: Finding { linesSeen > 0 ? .pass : .skipped("it wrote nothing") }
}
