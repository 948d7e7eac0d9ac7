import Wire

/// Lines that leave, in order, once their stage has settled what it did for the first of them.
final class HeldLines {
    private var lines: [(Failure?) -> Void] = []
    private var begun: Int64 = 0

    /// The most lines to hold, and for how many nanoseconds: a driver counts a record's time from the answer before it.
    private let most: Int
    private static let patience: Int64 = 100_000_000

    /// Holds half of a window, so that a driver can book these while the other half is worked on.
    init(window: Int) { most = max(1, window / 2) }

    var isEmpty: Bool { lines.isEmpty }
    var isDue: Bool { lines.count >= most || (!isEmpty && monotonicNanoseconds() - begun > Self.patience) }

    /// `line` is called with the failure of the settling, if it failed.
    func add(_ line: @escaping (Failure?) -> Void) {
        if isEmpty { begun = monotonicNanoseconds() }
        lines.append(line)
    }

    /// Lets all go; afterwards none is held.
    func release(_ failure: Failure?) {
        let released = lines
        lines = []
        for line in released { line(failure) }
    }

    /// Forgets all, which are then not answered.
    func drop() { lines = [] }
}
