import Wire

/// How one stage is to be run.
struct StagePlan {
    enum Mode: String, CaseIterable { case map, expand, batch }

    var name: String
    var executable: Executable
    var environment: [String: String]
    var mode = Mode.map
    /// Whether its answers may have members before them.
    var expands = false
    var replicas = 1
    /// Records that one replica has in hand at most.
    var window = 1
    /// Seconds from when a replica gets to a record until its answer.
    var timeout: Double? = nil
    /// Seconds without progress, for a record that progress was told of.
    var stall: Double? = nil
    /// Tries that a record has, for a stage that is told how many are left.
    var tries: Int? = nil
    /// Looks before each start of a replica whether there may be one; nil means yes.
    var mayStart: (@Sendable () -> Failure?)? = nil
}
