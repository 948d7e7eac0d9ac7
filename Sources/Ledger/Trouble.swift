import Files
import GRDB
import Wire

/// A stalled stage, as the driver noted it; the note lasts until the stage goes on or another driver starts.
package struct Trouble: Equatable, Sendable {
    package let stage: String
    package let message: String

    private static let prefix = "trouble:"

    static func setting(of stage: String) -> String { prefix + stage }
}

extension Change {
    /// Notes why a stage is stalled, and tells of it; nil when it goes on.
    package func note(trouble failure: Failure?, of stage: String) throws {
        try set(Trouble.setting(of: stage), storable(failure?.message))
        if let failure {
            try tellTrouble(failure.message, code: failure.code.rawValue, of: stage)
        } else {
            try forgetTold(of: stage)
        }
    }

    /// Removes the notes of earlier drivers.
    package func forgetTroubles() throws { try forgetSettings(startingWith: Trouble.setting(of: "")) }
}

extension Ledger {
    /// The stages that are stalled, or were when the last driver ended, by name.
    package func troubles() throws(Failure) -> [Trouble] {
        try read { database in
            let prefix = Trouble.setting(of: "")
            let sql = "SELECT name, value FROM setting WHERE substr(name, 1, ?) = ? ORDER BY name"
            return try Row.fetchAll(database, sql: sql, arguments: [prefix.count, prefix]).map {
                try Trouble(stage: String(($0[0] as String).dropFirst(prefix.count)), message: $0[1])
            }
        }
    }
}
