import Wire

/// The result of checking a rule.
package enum Finding {
    case pass
    /// What is wrong, and the bytes of the line that shows it.
    case fail(String, line: [UInt8]? = nil)
    /// Why the rule cannot be judged.
    case skipped(String)

    package var word: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .skipped: "skipped"
        }
    }

    package var message: String? {
        switch self {
        case .pass: nil
        case .fail(let message, _), .skipped(let message): message
        }
    }

    package var line: [UInt8]? { if case .fail(_, let line) = self { line } else { nil } }

    package var isFailure: Bool { if case .fail = self { true } else { false } }

    /// This finding, or the next one if this is a pass.
    func orElse(_ next: () throws(Failure) -> Finding) throws(Failure) -> Finding {
        if case .pass = self { try next() } else { self }
    }
}
