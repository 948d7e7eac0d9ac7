import Glibc

/// The environment that the processes of a stage get.
package enum Environment {
    /// Our own variables and those that the contract has a driver set, by name; without `isDriver` the stages report
    /// failures themselves.
    package static func forStages(
        hosts: String, spool: String? = nil, spoolLimit: Int? = nil, isDriver: Bool = true
    ) -> [String: String] {
        var environment = ofThisProcess
        // It is about another driver's library, if such a driver started us.
        environment["SEGUE_LIBRARY_ROOT"] = nil
        environment["SEGUE_SHARD"] = nil
        environment["SEGUE_HOSTS"] = hosts
        environment["SEGUE_EVENTS_FD"] = "3"
        if isDriver { environment["SEGUE_DRIVER"] = "1" }
        // Python would hold its answers back in a buffer.
        environment["PYTHONUNBUFFERED"] = "1"
        if let spool { environment["SEGUE_SPOOL"] = spool }
        if let spoolLimit { environment["SEGUE_SPOOL_LIMIT"] = "\(spoolLimit)" }
        return environment
    }

    /// Our own variables by name.
    package static var ofThisProcess: [String: String] {
        var environment: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return environment
    }

    package static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
