/// The state of an item.
package enum State: String, CaseIterable, Sendable {
    /// Due at its stage.
    case ready
    /// A replica has it.
    case running
    /// Due at a time that the ledger stores with it: it failed, or its host asked for a pause.
    case waiting
    /// A collection whose members have not all ended.
    case open
    /// Held until a user resumes it.
    case paused
    case done, skipped, failed, cancelled

    /// Whether nothing more happens by itself in this state.
    package var isFinal: Bool { [.done, .skipped, .failed, .cancelled].contains(self) }

    /// Every legal move, with who makes it and why; the ledger's trigger refuses all others.
    package static let moves: [(from: State, to: State, who: Actor, why: String)] = [
        (.ready, .running, .driver, "claimed for a replica"),
        (.running, .ready, .driver, "answered, for the next stage; or unanswered, and nobody's fault"),
        (.running, .waiting, .driver, "failed and may work later"),
        (.running, .open, .driver, "expanded into its members"),
        (.running, .done, .driver, "answered by the last stage"),
        (.running, .skipped, .driver, "answered by the last stage, with nothing to do"),
        (.running, .failed, .driver, "failed permanently, and the last stage knows"),
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
