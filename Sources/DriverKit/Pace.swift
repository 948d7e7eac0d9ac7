/// How fast a sum grows, over the last while.
package struct Pace {
    private let nanoseconds: Int64
    private var samples: [(at: Int64, sum: Int)] = []

    private static let samplesKept: Int64 = 20

    package init(seconds: Double) { nanoseconds = Int64(seconds * 1e9) }

    /// The sum at a moment, in monotonic nanoseconds.
    package mutating func note(_ sum: Int, at now: Int64) {
        if let last = samples.last, now - last.at < nanoseconds / Self.samplesKept { return }
        samples.append((now, sum))
        samples.removeAll { now - $0.at > nanoseconds }
    }

    /// Nil while it is too early to tell.
    package var perSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.at - first.at >= 1_000_000_000 else {
            return nil
        }
        return Double(last.sum - first.sum) * 1e9 / Double(last.at - first.at)
    }
}
