import Ledger
import Processes

extension Pipeline {
    /// One stage, as the file has it.
    package struct Stage: Equatable {
        package var name: String
        /// The program and its arguments.
        package var run: [String]
        package var mode = Description.Mode.map
        /// Nil where the program tells how many are of use.
        package var replicas: Int?
        /// Records that one replica has in hand at most, or the size of a batch; nil where the program tells what suits it.
        package var window: Int?
        /// Seconds for one record.
        package var timeout = 3600.0
        /// Seconds without progress.
        package var stall: Double?
        package var retry = Backoff()
        /// For a program that does not tell it with `--describe`: the kinds that it works on.
        package var kinds: [String]?
        /// For the same, the sections that it writes.
        package var writes: [String]?
        /// Whether it tells these and its roles itself with `--describe`, though it did not come with segue.
        package var describes = false
        /// Where it stands in the file.
        package var line = 1

        static let standardBatch = 64
    }
}
