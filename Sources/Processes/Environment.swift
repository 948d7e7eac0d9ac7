import Glibc

/// What the processes of a stage find in their environment.
package enum Environment {
    /// Ours, and what the contract says that a driver sets, by the names of the variables; one that is no driver passes
    /// failures on as they come.
    package static func forStages(
        hosts: String, spool: String? = nil, spoolLimit: Int? = nil, isDriver: Bool = true
    ) -> [String: String] {
        var environment: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        // Of another driver's library, where one runs this.
        environment["SEGUE_LIBRARY_ROOT"] = nil
        environment["SEGUE_HOSTS"] = hosts
        environment["SEGUE_EVENTS_FD"] = "3"
        if isDriver { environment["SEGUE_DRIVER"] = "1" }
        // Python would keep its answers in a buffer.
        environment["PYTHONUNBUFFERED"] = "1"
        if let spool { environment["SEGUE_SPOOL"] = spool }
        if let spoolLimit { environment["SEGUE_SPOOL_LIMIT"] = "\(spoolLimit)" }
        return environment
    }

    package static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
