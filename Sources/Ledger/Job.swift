import Wire

/// An item in hand: claimed for one replica until it is settled.
package struct Job: Sendable {
    /// The item's number in the ledger.
    package let item: Int64
    /// The number that proves who may settle it.
    package let claim: Int64
    package let id: String
    /// An index into the route's stops.
    package let stage: Int
    /// The record as JSON, without its line feed.
    package let line: [UInt8]
    /// The record that its stage is given; nil where the line is none.
    package let record: Wire.Record?
    /// Whether it must have a replica to itself.
    package let alone: Bool
    /// Tries in a row that failed at its stage.
    package let failures: Int
    /// Whether the ledger has a title for it.
    let isTitled: Bool
    /// Whether its outcome is known, and only has to be told to the remaining stages.
    package let isTelling: Bool

    /// `record` is what the line holds, where that is known.
    package init(
        item: Int64, claim: Int64, id: String, stage: Int, line: [UInt8], record: Wire.Record? = nil,
        alone: Bool = false, failures: Int = 0,
        isTitled: Bool = false, isTelling: Bool = false
    ) {
        (self.item, self.claim, self.id, self.stage, self.line) = (item, claim, id, stage, line)
        (self.alone, self.failures, self.isTitled, self.isTelling) = (alone, failures, isTitled, isTelling)
        self.record = record ?? (try? Record(line: line))
    }
}

/// How many records a stage can take at once.
package struct Capacity: Sendable {
    /// Records over all replicas.
    package var records: Int
    /// Replicas with nothing in hand, each of which can take one suspect.
    package var idle: Int
    /// Records that one replica takes at a time.
    package var window: Int

    package init(records: Int = 0, idle: Int = 0, window: Int = 1) {
        (self.records, self.idle, self.window) = (records, idle, window)
    }
}
