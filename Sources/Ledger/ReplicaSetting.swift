import GRDB
import Wire

/// How many replicas somebody wants a stage to have, as long as a driver runs.
private enum ReplicaSetting {
    private static let prefix = "replicas:"

    static func setting(of stage: String) -> String { prefix + stage }
}

extension Change {
    package func scale(stage: String, to replicas: Int) throws {
        try set(ReplicaSetting.setting(of: stage), "\(replicas)")
    }

    /// Forgets what was wanted of earlier drivers.
    package func forgetScales() throws { try forgetSettings(startingWith: ReplicaSetting.setting(of: "")) }
}

extension Ledger {
    /// How many replicas somebody wants of stages, by the names of these.
    package func scales() throws(Failure) -> [String: Int] {
        try read { database in
            let prefix = ReplicaSetting.setting(of: "")
            let sql = "SELECT name, value FROM setting WHERE substr(name, 1, ?) = ?"
            let rows = try Row.fetchAll(database, sql: sql, arguments: [prefix.count, prefix])
            return try rows.reduce(into: [:]) { scales, row in
                try scales[String((row[0] as String).dropFirst(prefix.count))] = Int(row[1] as String)
            }
        }
    }
}
