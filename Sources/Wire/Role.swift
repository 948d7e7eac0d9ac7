/// What a stage does beside its work when a command asks for it, as the contract's section 4 has it.
package enum Role: String, CaseIterable, Sendable {
    /// Finds references by a text.
    case search
    /// Tells what is in lists, and looks up nothing of it.
    case rows
    /// Leaves requests for other catalogs than its own to a later stage.
    case pass
    /// Brings bytes into the spool.
    case fetch
    /// Brings covers of finished tracks that could not be had before.
    case covers
    /// Tells how files would be named.
    case plan
    /// Gives finished files the names that they would get now.
    case move
    /// Gives finished files the tags that their records say.
    case retag
    /// Tells the tracks of its library, and books what became of them.
    case tracks
}
