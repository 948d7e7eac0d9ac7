import Files
import Glibc
import Limiter
import Wire

/// What went wrong the last time that a picture was asked for, kept beside it for all who want the same one.
///
/// Those that waited meanwhile share the outcome; after some failures in a row the picture is left alone for a while, but not
/// by a process that began later: somebody may have mended what was wrong.
struct FailedPicture {
    let failure: Failure
    /// Failures in a row.
    private let count: Int
    /// When it failed, in nanoseconds since 1970.
    private let failedAt: Int

    private static func path(besides picture: String) -> String { picture + ".failed" }

    /// Nil when nothing went wrong, or nobody can read what.
    init?(besides picture: String) {
        let path = Self.path(besides: picture)
        guard let status = FileStatus(path), let bytes = contents(of: path, atMost: 65_536),
            let object = (try? JSON(parsing: bytes))?.object, let count = object["count"]?.integer
        else { return nil }
        (self.count, failedAt) = (count, status.modified)
        failure = .transient(
            Failure.Code(rawValue: object["code"]?.string ?? "transfer"), object["message"]?.string ?? "it failed",
            host: object["host"]?.string)
    }

    /// Whether it would be asked in vain, by a process that began at `start` and wants the picture since `wanted`: it failed
    /// after that, or a short while ago and not for the first time. Times are in seconds since 1970.
    func holds(since wanted: Double, start: Double, now: Double) -> Bool {
        let failedAt = Double(failedAt) / 1e9
        return failedAt >= wanted || (failedAt >= start && (0..<Self.rest(after: count)).contains(now - failedAt))
    }

    /// Seconds that a picture is left alone after so many failures in a row.
    static func rest(after count: Int) -> Double { count < 2 ? 0 : min(300, exp2(Double(2 * min(count, 10) - 4))) }

    /// Notes one failure more.
    static func note(_ failure: Failure, besides picture: String) {
        let count = FailedPicture(besides: picture)?.count ?? 0
        var object = JSONObject()
        object["count"] = .integer(count + 1)
        object["code"] = .string(failure.code.rawValue)
        object["message"] = .string(failure.message)
        object["host"] = failure.host.map(JSON.string)
        // Without it the picture is only asked for more often.
        guard let file = try? PartialFile(at: path(besides: picture) + ".part", keeping: false) else { return }
        guard (try? file.write(Array(object.value.text))) != nil, rename(file.path, path(besides: picture)) == 0 else {
            return file.discard()
        }
    }

    static func forget(besides picture: String) { unlink(path(besides: picture)) }
}
