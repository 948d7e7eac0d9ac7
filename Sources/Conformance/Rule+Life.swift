import Glibc
import Processes
import Wire

extension Rule {
    static let life = [
        Rule(
            name: "no-stray-processes", summary: "After its end, nothing that it started in its group still runs.",
            check: noStrayProcesses),
        Rule(
            name: "stops-on-term", summary: "SIGTERM ends it soon while it waits for input.", check: stopsOnTerm),
        Rule(
            name: "quiet-when-reader-leaves", summary: "When its reader leaves, it ends by itself.",
            needs: ["answers-everything"], check: quietWhenReaderLeaves)
    ]

    private static func noStrayProcesses(_ examination: Examination) throws(Failure) -> Finding {
        let exchange = try examination.exchangeOfSamples()
        guard exchange.ending != nil else { return .skipped("it did not end by itself: see ends-at-eof") }
        guard let name = exchange.leftovers.first else { return .pass }
        let others = exchange.leftovers.count > 1 ? " and \(exchange.leftovers.count - 1) more" : ""
        return .fail("it left \(name) behind\(others)")
    }

    private static func stopsOnTerm(_ examination: Examination) throws(Failure) -> Finding {
        try examination.start(examination.stage) { trial throws(Failure) in
            try settle(trial, examination)
            if trial.isOver { return .skipped("it had already ended") }
            trial.child.send(SIGTERM)
            if examination.isStrict { trial.child.send(SIGTERM) }
            let patience = max(examination.timeout, 5)
            guard try trial.wait(patience) else {
                if trial.isFlooding { return .skipped("it writes without end") }
                return .fail("it was still running \(seconds(patience)) after SIGTERM")
            }
            let ending = trial.child.ending ?? .exited(0)
            let fine: [Child.Ending] = [.exited(0), .exited(75), .exited(128 + SIGTERM), .signalled(SIGTERM)]
            let expected = examination.isStrict ? [.exited(0)] : fine
            if expected.contains(ending) { return .pass }
            return .fail("it had nothing in hand, and \(fate(trial))")
        }
    }

    private static func quietWhenReaderLeaves(_ examination: Examination) throws(Failure) -> Finding {
        try examination.start(examination.stage) { trial throws(Failure) in
            try settle(trial, examination)
            if trial.isOver { return .skipped("it had already ended") }
            trial.stopReading()
            let lines = examination.lines(examination.samples)
            for _ in 0..<max(1, (1 << 20) / max(lines.count, 1)) { trial.give(lines) }
            if try !trial.wait(examination.timeout) {
                let mayWait = examination.mode == .batch || examination.findings["flushes"]?.isFailure ?? false
                guard mayWait else { return .fail("it was still running after \(seconds(examination.timeout))") }
                // It has not written yet, so it cannot have noticed.
                trial.closeInput()
                guard try trial.wait(examination.timeout) else { return .fail("it kept running with stdin closed") }
            }
            let isQuiet = [.exited(0), .signalled(SIGPIPE)].contains(trial.child.ending ?? .exited(0))
            guard examination.isStrict, !isQuiet else { return .pass }
            return .fail("it was not quiet: \(fate(trial))")
        }
    }

    private static func fate(_ trial: Trial) -> String { Exchange([], trial, expands: false).fate ?? "it kept running" }

    /// Waits until it is ready for more input.
    private static func settle(_ trial: Trial, _ examination: Examination) throws(Failure) {
        let flushes = !(examination.findings["flushes"]?.isFailure ?? false) && examination.mode != .batch
        if flushes {
            _ = try examination.ask(examination.samples[0], trial)
        } else {
            trial.give(examination.lines([examination.samples[0]]))
            try trial.wait(min(examination.timeout, 1))
        }
    }
}
