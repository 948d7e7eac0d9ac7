/// An item in hand: claimed for a replica, and nobody else's until it is settled.
package struct Job: Sendable {
    /// The number of the item in the ledger.
    package let item: Int64
    /// The token that proves who may settle it: a number that no other batch makes its claims with.
    package let claim: Int64
    package let id: String
    /// An index into the road's stops.
    package let stage: Int
    package let line: [UInt8]
    /// Whether it must have a replica to itself.
    package let alone: Bool
    /// Tries at its stage that failed so far.
    package let failures: Int
    /// Whether the ledger knows what to call it.
    let isTitled: Bool
    /// Whether how it ends is known, and only has to be told to the stages that are left.
    package let isTelling: Bool

    package init(
        item: Int64, claim: Int64, id: String, stage: Int, line: [UInt8], alone: Bool = false, failures: Int = 0,
        isTitled: Bool = false, isTelling: Bool = false
    ) {
        (self.item, self.claim, self.id, self.stage, self.line) = (item, claim, id, stage, line)
        (self.alone, self.failures, self.isTitled, self.isTelling) = (alone, failures, isTitled, isTelling)
    }
}

/// How many records a stage can take at once.
package struct Room: Sendable {
    package var records: Int
    /// Replicas with nothing in hand, each of which can take a suspect alone.
    package var idle: Int
    /// Records that one replica takes.
    package var window: Int

    package init(records: Int = 0, idle: Int = 0, window: Int = 1) {
        (self.records, self.idle, self.window) = (records, idle, window)
    }
}
