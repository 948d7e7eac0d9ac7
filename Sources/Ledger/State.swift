/// Where an item stands.
package enum State: String, CaseIterable, Sendable {
    /// Due at its stage.
    case ready
    /// A replica has it.
    case running
    /// Due at a time that is written beside it: it failed, or its host asked for a pause.
    case waiting
    /// A collection whose members are not all at their end.
    case open
    /// Kept back until a user lets it go on.
    case paused
    case done, skipped, failed, cancelled

    /// The states in which nothing more happens by itself.
    package var isFinal: Bool { [.done, .skipped, .failed, .cancelled].contains(self) }

    /// Every move there is, with who makes it; the ledger's own trigger refuses all others.
    package static let moves: [(from: State, to: State, who: Actor, why: String)] = [
        (.ready, .running, .driver, "claimed for a replica"),
        (.running, .ready, .driver, "answered, for the next stage; or unanswered, and nobody's fault"),
        (.running, .waiting, .driver, "failed and may work later"),
        (.running, .open, .driver, "expanded into its members"),
        (.running, .done, .driver, "answered by the last stage"),
        (.running, .skipped, .driver, "answered by the last stage, with nothing to do"),
        (.running, .failed, .driver, "failed for good, and the last stage knows"),
        (.waiting, .ready, .driver, "its time has come"),
        (.open, .ready, .driver, "its last member is at its end"),
        (.open, .done, .driver, "its last member is at its end, and no stage wants to know"),
        (.done, .ready, .driver, "another collection holds it; or added again"),
        (.skipped, .ready, .driver, "another collection holds it; or added again"),
        (.failed, .ready, .user, "tried again"),
        (.cancelled, .ready, .user, "tried again"),
        (.ready, .paused, .user, "paused"),
        (.running, .paused, .user, "paused; what was in hand is dropped, and its partial file kept"),
        (.waiting, .paused, .user, "paused"),
        (.paused, .ready, .user, "let go on"),
        (.ready, .cancelled, .user, "cancelled"),
        (.running, .cancelled, .user, "cancelled; what was in hand is dropped with its partial file"),
        (.waiting, .cancelled, .user, "cancelled"),
        (.open, .cancelled, .user, "cancelled"),
        (.paused, .cancelled, .user, "cancelled")
    ]

    package enum Actor: String, Sendable { case driver, user }
}
