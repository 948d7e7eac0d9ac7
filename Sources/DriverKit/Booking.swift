import Ledger
import PipelineFiles
import Wire

/// Answers and requests that are not booked yet, and the batch that the ledger is booking now.
struct Booking {
    /// An answer of a stage, with the record that it is the answer to.
    typealias Answered = (job: Job, record: Record, answer: Answer)

    /// One batch on its way into the ledger.
    struct Commit {
        let answers: [Answered]
        let requests: [ItemRequest]
        /// How many changes of holds are in it.
        let holds: Int
    }

    /// Answers that are not booked yet.
    private(set) var answers: [Answered] = []
    /// Requests that the ledger has not taken yet.
    private(set) var requests: [ItemRequest] = []
    private(set) var inCommit: Commit?
    var wait = LedgerWait()
    /// When the first of the answers came, in monotonic nanoseconds.
    private var since: Int64 = 0

    /// The bytes of the answers' records.
    private var bytes = 0

    /// How many answers make a batch, and how many nanoseconds the first of them waits for others.
    private static let batchSize = 256
    private static let patience: Int64 = 10_000_000
    /// How many answers, and how many bytes of them, may wait behind a commit.
    private static let mostAnswers = 4 * batchSize
    private static let mostBytes = 4 << 20

    var isCommitting: Bool { inCommit != nil }

    /// Whether so many answers wait that no more should be read.
    var isFull: Bool { answers.count >= Self.mostAnswers || bytes >= Self.mostBytes }

    /// Whether the answers so far make a batch, `now` in monotonic nanoseconds; `isIdle` says that something waits
    /// for them.
    func isReady(now: Int64, isIdle: Bool) -> Bool {
        !requests.isEmpty
            || !answers.isEmpty && (isIdle || answers.count >= Self.batchSize || now >= since + Self.patience)
    }

    /// When they make a batch in any case, in monotonic nanoseconds.
    var readyAt: Int64? { answers.isEmpty ? nil : since + Self.patience }

    mutating func add(_ answer: Answered, now: Int64) {
        if answers.isEmpty { since = now }
        answers.append(answer)
        bytes += answer.record.line.count
    }

    /// Everything collected so far goes into the ledger now.
    mutating func begin(requests: [ItemRequest], holds: Int) {
        inCommit = Commit(answers: answers, requests: requests, holds: holds)
        (answers, self.requests, bytes) = ([], [], 0)
    }

    /// The ledger has answered.
    mutating func end() -> Commit? {
        defer { inCommit = nil }
        return inCommit
    }

    /// The ledger took nothing of it.
    mutating func takeBack(_ commit: Commit) {
        (answers, requests) = (commit.answers + answers, commit.requests)
        bytes = answers.reduce(0) { $0 + $1.record.line.count }
    }
}
