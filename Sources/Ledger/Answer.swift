import Wire

/// What came of an item in hand.
package enum Answer: Sendable {
    /// The final line: the changed record, a `skip`, or the `done` of a collection.
    case final(Wire.Record)
    /// One member of a collection; the final line is still to come.
    case member(Wire.Record)
    case failed(Failure)
    /// Its replica died, and it may have been the cause; says how the replica died.
    case lost(String)
    /// Refused by the host or catalog that it needs, or not tried because others were: it waits until a time in
    /// milliseconds since 1970.
    case held(Failure, need: String, until: Int64)
    /// Unanswered, through no fault of the record.
    case returned
}

/// What the ledger made of an answer.
package enum Fate: Equatable, Sendable {
    /// On to a stage, by its index into the route's stops.
    case moved(Int)
    /// Tried again at a time, in milliseconds since 1970.
    case waits(until: Int64)
    /// A collection that stays open until its members have ended.
    case open
    case ended(State)
    /// Added as a member, under the id that the ledger knows it by.
    case joined(String)
    /// Back where it was.
    case returned
    /// The claim was no longer valid: nothing was changed.
    case void
}
