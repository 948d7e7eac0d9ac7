import PipelineFiles
import Processes
import Wire

/// How to run one stage.
package struct StagePlan {
    package var name: String
    package var executable: Executable
    /// The environment of its processes, by variable.
    package var environment: [String: String]
    /// What they are held to; nil for nothing.
    package var jail: Jail?
    package var mode = Description.Mode.map
    /// Whether members may come before its answers.
    package var expands = false
    package var replicas = 1
    /// The most records that one replica has in hand; nil derives it from how long one takes.
    package var window: Int?
    /// Whether each replica has one record in hand until the first answer, so that a refusal meant for all is met by few.
    package var startsSlowly = false
    /// Records that one replica works on at once, of those that it has in hand.
    package var workers = 1
    /// The most seconds from when a replica begins a record until its answer.
    package var timeout: Double? = nil
    /// The most seconds without progress, for a record that has reported some.
    package var stall: Double? = nil
    /// Tries for each record, for a stage that is told how many are left.
    package var tries: Int? = nil
    /// The files of this machine that it may read since records named them; nil if that makes no difference.
    package var named: NamedFiles?
    /// Asked before each start of a replica: why there may be none; nil when it may start.
    package var mayStart: (@Sendable () -> Failure?)? = nil
    /// What a replica that starts now has in its environment besides, by variable.
    package var moreEnvironment: (@Sendable () -> [String: String])? = nil

    package init(name: String, executable: Executable, environment: [String: String]) {
        (self.name, self.executable, self.environment) = (name, executable, environment)
    }
}
