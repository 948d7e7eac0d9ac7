/// Something that people may want to be told of.
package enum Occasion: String, CaseIterable, Sendable {
    /// A list is at its end, or a single track is in the library.
    case finished
    /// An item has become a dead letter.
    case failed
    /// A stage is halted.
    case stopped
    /// A file of the library is missing or damaged.
    case damaged
}

/// Who is told of what happens, as far as the ledger is concerned.
package struct NoticeRecipient: Equatable, Sendable {
    package let name: String
    /// What it is told of.
    package let occasions: Set<Occasion>
    /// For how many milliseconds what happens joins one notice; 0 makes a notice of each.
    package let gather: Int64

    package init(name: String, occasions: Set<Occasion>, gather: Int64) {
        (self.name, self.occasions, self.gather) = (name, occasions, gather)
    }
}
