import Wire

/// The error that a Subsonic server sends in an answer with status 200.
package struct SubsonicError: Equatable {
    let code: Int
    private let message: String

    /// Nil for an answer that is not an error.
    package init?(_ bytes: [UInt8]) {
        guard
            let answer =
                (try? JSON(parsing: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes))?
                .object?["subsonic-response"]?.single,
            answer["status"]?.string != "ok"
        else { return nil }
        let error = answer["error"]?.single
        (code, message) = (error?["code"]?.integer ?? 0, error?["message"]?.string ?? "an error")
    }

    /// Whether the server refuses a digest of the password.
    var wantsPassword: Bool { [10, 41, 42].contains(code) }

    package func failure(host: String) -> Failure {
        switch code {
        case 10, 20, 30, 40, 41, 42, 43, 44: .config("catalog_denied", "\(host) refuses: \(message)", host: host)
        case 50:
            .permanent(Failure.Code(rawValue: "catalog_\(code)"), "\(host) does not allow this: \(message)", host: host)
        case 60, 70: .permanent("no_data", "\(host) has no such thing: \(message)", host: host)
        default: .transient("catalog_error", "\(host) failed: \(message)", host: host)
        }
    }
}
