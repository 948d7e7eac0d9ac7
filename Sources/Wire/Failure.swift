/// Why a record did not go through: the only error that a stage throws.
package struct Failure: Error, Equatable {
    /// What the driver, or a person, does about it; see the contract, section 2.
    package enum Class: String, Sendable, CaseIterable {
        case transient, throttled, stale, permanent, config
        /// The record killed the stages that had it; only a driver says so.
        case crash
    }

    /// What happened, as one word for programs.
    package struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(stringLiteral value: String) { rawValue = value }
        package static func http(_ status: Int) -> Code { Code(rawValue: "http_\(status)") }
    }

    package var `class`: Class
    package var code: Code
    /// What happened, for people: lower case, no full stop.
    package var message: String
    /// The host that answered, or did not; in every network error.
    package var host: String?
    /// Seconds to wait before the next try.
    package var retryAfter: Int?

    package init(_ class: Class, _ code: Code, _ message: String, host: String? = nil, retryAfter: Int? = nil) {
        self.class = `class`
        self.code = code
        self.message = message
        self.host = host
        self.retryAfter = retryAfter
    }

    package static func transient(_ code: Code, _ message: String, host: String? = nil) -> Failure {
        Failure(.transient, code, message, host: host)
    }
    package static func throttled(_ code: Code, _ message: String, host: String?, retryAfter: Int) -> Failure {
        Failure(.throttled, code, message, host: host, retryAfter: retryAfter)
    }
    package static func stale(_ code: Code, _ message: String, host: String? = nil) -> Failure {
        Failure(.stale, code, message, host: host)
    }
    package static func permanent(_ code: Code, _ message: String, host: String? = nil) -> Failure {
        Failure(.permanent, code, message, host: host)
    }
    package static func config(_ code: Code, _ message: String, host: String? = nil) -> Failure {
        Failure(.config, code, message, host: host)
    }

    /// Thrown for a record that is dropped because the process was told to stop; no line is written for it.
    package static let stopped = Failure(.transient, "stopped", "told to stop")
}
