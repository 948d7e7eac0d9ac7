import Wire

/// One version of a song's lyrics.
struct Lyrics {
    private let lines: [(start: Int?, text: String)]
    private let isSynced: Bool

    init?(_ object: JSONObject) {
        lines = (object["line"]?.listed ?? []).compactMap(\.object).map {
            ($0["start"]?.integer, $0["value"]?.string ?? "")
        }
        isSynced = object["synced"]?.boolean == true
        if lines.isEmpty { return nil }
    }

    var plain: String { lines.map(\.text).joined(separator: "\n") }

    /// The lyrics as LRC; nil if they have no times.
    var synced: String? {
        guard isSynced, lines.allSatisfy({ ($0.start ?? -1) >= 0 }) else { return nil }
        return lines.map { "[\(Self.time($0.start ?? 0))]\($0.text)\n" }.joined()
    }

    private static func time(_ milliseconds: Int) -> String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let hundredths = milliseconds / 10
        return "\(padded(hundredths / 6000)):\(padded(hundredths / 100 % 60)).\(padded(hundredths % 100))"
    }
}

extension SubsonicServer {
    /// The names of the extensions that the server supports; none if it does not know the question.
    ///
    /// A failure that may pass is thrown, so that no track loses its lyrics because of it.
    func extensions() throws(Failure) -> [String] {
        do throws(Failure) {
            let bytes = try client.document(address("getOpenSubsonicExtensions", []), limit: 1 << 20, auth: auth)
            let answer = (try? JSON(parsing: bytes))?.object?["subsonic-response"]?.single
            return (answer?["openSubsonicExtensions"]?.listed ?? []).compactMap { $0.object?["name"]?.string }
        } catch let error where error.class == .permanent || error.code == .http(501) {
            return []
        }
    }
}
