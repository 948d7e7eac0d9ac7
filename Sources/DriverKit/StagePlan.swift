import Processes
import Wire

/// How one stage is to be run.
package struct StagePlan {
    package var name: String
    package var executable: Executable
    /// What its processes find in their environment, by the names of the variables.
    package var environment: [String: String]
    package var mode = Description.Mode.map
    /// Whether its answers may have members before them.
    package var expands = false
    package var replicas = 1
    /// Records that one replica has in hand at most; nil leaves it to how long it takes for one.
    package var window: Int?
    /// Whether each replica has one record in hand until the first answer: what would be refused for all is then asked for
    /// few.
    package var startsSlowly = false
    /// Records that one replica works on at once, of those that it has in hand.
    package var workers = 1
    /// Seconds from when a replica gets to a record until its answer.
    package var timeout: Double? = nil
    /// Seconds without progress, for a record that progress was told of.
    package var stall: Double? = nil
    /// Tries that a record has, for a stage that is told how many are left.
    package var tries: Int? = nil
    /// Looks before each start of a replica whether there may be one; nil means yes.
    package var mayStart: (@Sendable () -> Failure?)? = nil
    /// What else a replica that starts now finds in its environment, by the names of the variables.
    package var moreEnvironment: (@Sendable () -> [String: String])? = nil

    package init(name: String, executable: Executable, environment: [String: String]) {
        (self.name, self.executable, self.environment) = (name, executable, environment)
    }
}
