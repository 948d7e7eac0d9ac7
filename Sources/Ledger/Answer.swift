import Wire

/// What came of an item in hand.
package enum Answer: Sendable {
    /// The final line: the changed record, a `skip`, or the `done` of a collection.
    case final(Wire.Record)
    /// One member of a collection; the final line is still to come.
    case member(Wire.Record)
    case failed(Failure)
    /// Its replica died, and it may have been the cause.
    case lost(String)
    /// Refused what it needs, by its name, or not even asked for that: it waits until then, in milliseconds since 1970.
    case held(Failure, need: String, until: Int64)
    /// Unanswered, and nobody's fault.
    case returned
}

/// What the ledger made of an answer.
package enum Fate: Equatable, Sendable {
    /// On to a stage, by its index.
    case moved(Int)
    /// Tried again at a time, in milliseconds since 1970.
    case waits(until: Int64)
    /// A collection, until its members are at their end.
    case open
    case ended(State)
    /// A member, under the id that it is known by.
    case joined(String)
    /// Back where it was.
    case returned
    /// The claim had moved on: nothing was changed.
    case void
}
