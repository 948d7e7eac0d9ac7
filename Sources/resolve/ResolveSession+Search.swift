import StageKit
import Web
import Wire

extension ResolveSession {
    /// Emits a request for each thing that a text finds in the sources; one that fails costs only its own results.
    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) {
        var failures: [Failure] = []
        for source in sources {
            do throws(Failure) {
                for found in try source.search(text, kind, limit: limit) { emit(found, from: source.links) }
            } catch let error where error == .stopped {
                throw error
            } catch {
                failures.append(error)
                if sources.count > 1 { channels.note("no results from \(source.name): \(error.message)") }
            }
        }
        if let failure = failures.last, failures.count == sources.count { throw failure }
    }

    private func emit(_ found: Found, from links: LinkSource) {
        let id = found.reference.item(of: defaultName)
        var record = Record(request: found.reference.text, id: id)
        if let track = found.track { record.edit("track") { track.write(to: &$0) } }
        if let summary = found.summary { record.edit("collection") { summary.write(to: &$0) } }
        if let picture = found.track?.artworkURL ?? found.summary?.artworkURL {
            let isFar = mustStayFar(picture, from: links)
            if isFar == true { record["far"] = .boolean(true) }
            if isFar == nil { record.edit(found.track == nil ? "collection" : "track") { $0["artwork_url"] = nil } }
        }
        channels.emit(record)
    }

    /// Whether a picture may be on the internet alone; nil for one that may not be fetched.
    private func mustStayFar(_ picture: String, from links: LinkSource) -> Bool? {
        do throws(Failure) {
            try lists.client.refuse(picture, from: links)
            return try lists.client.mustStayFar(picture, from: links)
        } catch {
            return nil
        }
    }
}
