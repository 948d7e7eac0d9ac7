import Ledger
import PipelineFiles
import Wire

extension Pipeline {
    /// The id of the item that `text` names, by its id or by the reference that it was added as; nil if the ledger has
    /// none.
    func item(_ text: String, in ledger: Ledger) throws(Failure) -> String? {
        if try ledger.show(text) != nil { return text }
        for id in KnownCatalogs(self).ids(of: text) where try ledger.show(id) != nil { return id }
        return nil
    }
}
