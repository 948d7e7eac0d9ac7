import Ledger

extension Pipeline {
    /// One stage, as the file has it.
    struct Stage: Equatable {
        var name: String
        /// The program and its arguments.
        var run: [String]
        var mode = StagePlan.Mode.map
        var replicas = 1
        /// Records that one replica has in hand at most; for a batch, how many it is.
        var window = 1
        /// Seconds for one record.
        var timeout = 3600.0
        /// Seconds without progress.
        var stall: Double?
        var retry = Backoff()
        /// For a program that does not tell it with `--describe`: the kinds it works on, the sections it writes.
        var kinds: [String]?
        var writes: [String]?
        /// Whether it tells these and its roles itself with `--describe`, though it did not come with segue.
        var describes = false
        /// Where it stands in the file.
        var line = 1

        static let standardBatch = 64
    }
}
