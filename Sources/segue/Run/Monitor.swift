import Glibc
import Ledger
import Limiter
import Wire

/// Tells people what a driver does.
final class Monitor {
    private let isQuiet: Bool
    private var titles: [Int64: String] = [:]

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func turn(_ driver: Driver) {}
    func resized() {}

    func say(_ text: String) { complain(text) }

    func note(_ stage: String, _ replica: Int, _ text: String) {
        guard !isQuiet else { return }
        put("\(stage).\(replica): \(text)")
    }

    func trouble(_ stage: String, _ failure: Failure) {
        complain("the stage \(stage) stands still: \(failure.message)")
    }

    func answered(_ job: Job, _ record: Record, _ answer: Answer, stage: String) {
        if let track = try? (record.carried ?? record).track {
            titles[job.item] = "\(track.artist ?? "?") - \(track.title ?? "?")"
        }
    }

    func booked(_ outcome: Batch.Outcome) {
        for (job, fate) in outcome.fates {
            guard case .ended(let state) = fate else { continue }
            let title = titles.removeValue(forKey: job.item) ?? job.id
            if !isQuiet { put("\(state == .failed ? "FAILED" : state.rawValue)  \(title)") }
        }
    }

    func close(_ counts: [Count], _ failures: [Item]) {
        var sums: [State: Int] = [:]
        for count in counts { sums[count.state, default: 0] += count.count }
        let words = State.allCases.compactMap { state in sums[state].map { "\($0) \(state.rawValue)" } }
        for item in failures where !isQuiet {
            put("failed  \(item.title ?? item.id)  \(item.failure.map { "\($0.stage): \($0.message)" } ?? "")")
        }
        complain(words.isEmpty ? "nothing to do" : words.joined(separator: ", "))
    }

    private func put(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
