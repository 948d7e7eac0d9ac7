/// How a process ended, after `sysexits.h`; of a stage, the lines speak for the records.
package enum ExitStatus: Int32, Sendable {
    case ok = 0
    /// Something failed; of a stage, only where it is asked to say so.
    case failed = 1
    /// Arguments that are not understood.
    case usage = 64
    case unavailable = 69
    /// A file cannot be read or written.
    case inputOutput = 74
    /// Stopped before everything was done; it may go on later.
    case later = 75
    /// Something has to be set right first.
    case configuration = 78

    package init(_ class: Failure.Class) {
        switch `class` {
        case .config: self = .configuration
        case .permanent: self = .usage
        case .transient, .throttled, .stale, .crash: self = .unavailable
        }
    }

    /// The status that tells a failure.
    package init(_ failure: Failure) {
        let isOfFile = failure.class == .transient && ["write_failed", "file_error"].contains(failure.code)
        self = isOfFile ? .inputOutput : ExitStatus(failure.class)
    }
}
