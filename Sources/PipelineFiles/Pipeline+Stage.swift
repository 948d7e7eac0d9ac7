import Ledger
import Processes
import Wire

extension Pipeline {
    /// One stage, as the file has it.
    package struct Stage: Equatable {
        package var name: String
        /// The program and its arguments.
        package var run: [String]
        package var mode = Description.Mode.map
        /// How many processes it has; nil if the program reports how many are useful.
        package var replicas: Int?
        /// How many records one replica has in hand at most; for `batch`, its size; nil if the program reports it.
        package var window: Int?
        /// Seconds that one record may take.
        package var timeout = 3600.0
        /// Seconds that a record may go without progress.
        package var stall: Double?
        package var retry = Backoff()
        /// The kinds that it works on, for a program that does not report them with `--describe`.
        package var kinds: [String]?
        /// The sections that it writes, for such a program.
        package var writes: [String]?
        /// Whether a program that does not come with segue reports these and its roles with `--describe`.
        package var describes = false
        /// What it may do besides what every stage may; nil if the file does not say.
        package var needs: Needs?
        /// Its line in the file.
        package var line = 1

        static let standardBatch = 64
    }
}
