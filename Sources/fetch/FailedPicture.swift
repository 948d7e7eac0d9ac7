import Files
import Glibc
import Limiter
import Wire

/// The last failure to fetch a picture, stored beside it for all tracks that share it.
///
/// Processes that waited meanwhile share the outcome. After several failures in a row the picture is not requested for a
/// while, except by a process that started later: the cause may have been fixed.
struct FailedPicture {
    let failure: Failure
    /// Failures in a row.
    private let count: Int
    /// When it failed, in nanoseconds since 1970.
    private let failedAt: Int

    private static func path(beside picture: String) -> String { picture + ".failed" }

    /// Nil when there was no failure, or it cannot be read.
    init?(beside picture: String) {
        let path = Self.path(beside: picture)
        guard let status = FileStatus(path), let bytes = contents(of: path, atMost: 65_536),
            let object = (try? JSON(parsing: bytes))?.object, let count = object["count"]?.integer
        else { return nil }
        (self.count, failedAt) = (count, status.modified)
        failure = .transient(
            Failure.Code(rawValue: object["code"]?.string ?? "transfer"), object["message"]?.string ?? "it failed",
            host: object["host"]?.string)
    }

    /// Whether a process that started at `start` and has wanted the picture since `wanted` should not request it: it failed
    /// after that, or a short while ago and not for the first time. Times are in seconds since 1970.
    func holds(since wanted: Double, start: Double, now: Double) -> Bool {
        let failedAt = Double(failedAt) / 1e9
        return failedAt >= wanted || (failedAt >= start && (0..<Self.rest(after: count)).contains(now - failedAt))
    }

    /// How many seconds a picture is not requested after this many failures in a row.
    static func rest(after count: Int) -> Double { count < 2 ? 0 : min(300, exp2(Double(2 * min(count, 10) - 4))) }

    /// Stores one more failure.
    static func note(_ failure: Failure, beside picture: String) {
        let count = FailedPicture(beside: picture)?.count ?? 0
        var object = JSONObject()
        object["count"] = .integer(count + 1)
        object["code"] = .string(failure.code.rawValue)
        object["message"] = .string(failure.message)
        object["host"] = failure.host.map(JSON.string)
        // Without this note the picture is only requested more often.
        guard let file = try? PartialFile(at: path(beside: picture) + ".part", keeping: false) else { return }
        guard (try? file.write(Array(object.value.text))) != nil, rename(file.path, path(beside: picture)) == 0 else {
            return file.discard()
        }
    }

    static func forget(beside picture: String) { unlink(path(beside: picture)) }
}
