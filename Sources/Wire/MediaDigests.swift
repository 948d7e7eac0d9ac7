/// What a source says of a file's bytes besides SHA-256, each as lower-case hex digits.
package struct MediaDigests: Equatable, Sendable {
    package enum Algorithm: String, CaseIterable, Sendable {
        case sha1, md5, crc32

        /// The hex digits of a digest.
        var digits: Int {
            switch self {
            case .sha1: 40
            case .md5: 32
            case .crc32: 8
            }
        }
    }

    private var values: [Algorithm: String] = [:]

    package init() {}

    init(_ section: Section) throws(Failure) {
        for algorithm in Algorithm.allCases { values[algorithm] = try section.string(algorithm.rawValue)?.lowercased() }
    }

    package subscript(algorithm: Algorithm) -> String? {
        get { values[algorithm] }
        set { values[algorithm] = newValue }
    }

    package var isEmpty: Bool { values.isEmpty }

    /// Those that are given.
    package var algorithms: [Algorithm] { Algorithm.allCases.filter { values[$0] != nil } }

    /// - Throws: `bad_record` (`permanent`) for one that cannot be a digest of its kind.
    package func check() throws(Failure) {
        for (algorithm, value) in values where bytes(hexadecimal: value)?.count != algorithm.digits / 2 {
            throw .permanent(
                "bad_record", "media.digests.\(algorithm.rawValue) is not \(algorithm.digits) hex digits")
        }
    }

    var json: JSON {
        var object = JSONObject()
        for algorithm in algorithms { object.set(algorithm.rawValue, values[algorithm].map(JSON.string)) }
        return object.value
    }
}
