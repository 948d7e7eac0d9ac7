import Wire

/// Which lines of an input are unanswered, and which of these have to wait for others.
///
/// No two records of one id are worked on at once. A `done`, and a kind that nobody here knows, goes on when everything
/// before it is answered; a `skip` or an `error`, which stands for a record, goes on at once.
struct LineOrder {
    struct Entry: Sendable {
        let record: Record
        /// The number of its line.
        let number: Int
        /// Whether it goes on as it is.
        let passes: Bool

        fileprivate var isLast: Bool { passes && !["skip", "error"].contains(record.kind) }
    }

    /// The numbers of lines that were read and not answered.
    private var unanswered: Set<Int> = []
    /// The ids in work, by the numbers of their lines.
    private var ids: [Int: String] = [:]
    /// Lines that wait for others, in their order.
    private(set) var waiting: [Entry] = []

    var isEmpty: Bool { unanswered.isEmpty }

    /// Notes that a line was read; lines are read in order.
    mutating func read(_ number: Int) { unanswered.insert(number) }

    /// Whether the line may be answered now; else it waits until ``answered(_:)`` returns it.
    mutating func admit(_ entry: Entry) -> Bool {
        guard mayGo(entry) else {
            waiting.append(entry)
            return false
        }
        begin(entry)
        return true
    }

    /// Notes that a line was answered, and returns those that may be answered now.
    mutating func answered(_ number: Int) -> [Entry] {
        unanswered.remove(number)
        ids[number] = nil
        guard !waiting.isEmpty else { return [] }
        let entries = waiting
        waiting = []
        return entries.filter { admit($0) }
    }

    private mutating func begin(_ entry: Entry) { if !entry.passes { ids[entry.number] = entry.record.id } }

    private func mayGo(_ entry: Entry) -> Bool {
        if entry.isLast { return unanswered.allSatisfy { $0 >= entry.number } }
        return entry.passes || !ids.values.contains { $0.utf8.elementsEqual(entry.record.id.utf8) }
    }
}
