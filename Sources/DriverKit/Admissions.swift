import Ledger
import Wire

/// The last jobs that each stage has finished, which tell what it lets in.
struct Admissions {
    private var jobs: [[Job]]

    /// The least number remembered for each stage.
    private static let most = 32

    init(stages: Int) { jobs = Array(repeating: [], count: stages) }

    mutating func note(_ job: Job) {
        jobs[job.stage].append(job)
        if jobs[job.stage].count > 2 * Self.most { jobs[job.stage].removeFirst(Self.most) }
    }

    /// Whether one of them needed the same.
    func have(_ key: Holds.Key) -> Bool {
        jobs[key.stage].contains { $0.record?.need.utf8.elementsEqual(key.need.utf8) == true }
    }
}
