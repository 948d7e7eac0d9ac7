extension Record {
    /// The answer that there is nothing to do for `record`, which may say where the finished file is.
    package static func skip(_ record: Record, why: String) -> Record {
        var answer = Record(kind: "skip", id: record.id, parent: record.parent, seq: record.seq)
        answer["why"] = .string(why)
        return answer.carrying(record.value, depth: record.depth)
    }

    /// The end of a collection: `n` children were written, `total` is what the catalog announced.
    package static func done(_ request: Record, n: Int, total: Int?, collection: CollectionSummary) -> Record {
        var answer = Record(kind: "done", id: request.id, parent: request.parent, seq: request.seq)
        answer["n"] = .integer(n)
        answer.members.set("total", total.map(JSON.integer))
        answer.edit("collection") { collection.write(to: &$0) }
        return answer
    }

    /// The end of a collection that is as it was when its request's `seen` was written: no children were written.
    package static func unchanged(_ request: Record) -> Record {
        var answer = Record(kind: "done", id: request.id, parent: request.parent, seq: request.seq)
        answer["unchanged"] = .boolean(true)
        return answer
    }

    /// The counts of tracks that a `done` says were announced and listed; nil unless fewer were listed.
    package var shortage: (announced: Int, listed: Int)? {
        guard kind == "done", let announced = members["total"]?.integer, let listed = members["n"]?.integer,
            listed < announced
        else { return nil }
        return (announced, listed)
    }

    /// What `stage` could not do for `record`.
    package static func error(_ failure: Failure, stage: String, record: Record) -> Record {
        error(failure, stage: stage, id: record.id, parent: record.parent, seq: record.seq)
            .carrying(record.value, depth: record.depth)
    }

    /// What is wrong with a line that is not a record; `line` counts every LF from 1.
    package static func error(_ rejection: Rejection, stage: String, line: Int) -> Record {
        let answer = error(
            rejection.failure, stage: stage, id: rejection.id ?? "line:\(line)", parent: rejection.parent,
            seq: rejection.seq)
        return rejection.record.map { answer.carrying($0, depth: 0) } ?? answer
    }

    private static func error(_ failure: Failure, stage: String, id: String, parent: String?, seq: Int?) -> Record {
        var answer = Record(kind: "error", id: id, parent: parent, seq: seq)
        answer["stage"] = .string(stage)
        answer["class"] = .string(failure.class.rawValue)
        answer["code"] = .string(failure.code.rawValue)
        answer.members.set("host", failure.host.map(JSON.string))
        answer["message"] = .string(failure.message)
        answer.members.set("retry_after_s", failure.retryAfter.map(JSON.integer))
        return answer
    }

    /// The answer with `record` inside, unless no reader would accept a line that long or that deep.
    private func carrying(_ record: JSON, depth: Int) -> Record {
        var answer = self
        answer["record"] = record
        return depth < Self.maximumDepth && answer.line.count < Self.maximumLineBytes ? answer : self
    }

    /// What a control line carries: the input, or nil where it could not be written.
    package var carried: Record? {
        guard let inner = members["record"] else { return nil }
        return try? Record(line: Array(inner.text))
    }
}

/// What a catalog says of an album or a playlist.
package struct CollectionSummary: Equatable, Sendable {
    /// `album` or `playlist`, say.
    package var type: String
    package var title: String?
    package var creator: String?
    package var artworkURL: String?

    package init(type: String, title: String?, creator: String?, artworkURL: String?) {
        (self.type, self.title, self.creator, self.artworkURL) = (type, title, creator, artworkURL)
    }

    /// - Throws: `bad_record` (`permanent`) without a type, or for a member of another type.
    package init(_ section: Section) throws(Failure) {
        type = try section.required("type", try section.string("type"))
        title = try section.string("title")
        creator = try section.string("creator")
        artworkURL = try section.string("artwork_url")
    }

    package func write(to object: inout JSONObject) {
        object["type"] = .string(type)
        object.set("title", title.map(JSON.string))
        object.set("creator", creator.map(JSON.string))
        object.set("artwork_url", artworkURL.map(JSON.string))
    }
}
