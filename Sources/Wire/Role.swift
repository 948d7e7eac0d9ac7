/// What a stage does besides its work when a command asks for it, as the contract's section 4 defines it.
package enum Role: String, CaseIterable, Sendable {
    /// Finds references by a text.
    case search
    /// Lists the rows of lists without looking any of them up.
    case rows
    /// Leaves requests for catalogs other than its own to a later stage.
    case pass
    /// Downloads bytes into the spool.
    case fetch
    /// Takes in folders and archives of this machine.
    case intake
    /// Downloads covers of finished tracks that could not be fetched before.
    case covers
    /// Says how files would be named.
    case plan
    /// Renames finished files to the names that they would get now.
    case move
    /// Writes the tags that the records say into finished files.
    case retag
    /// Lists the tracks of its library, and records what became of them.
    case tracks
}
