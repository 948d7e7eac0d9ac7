import GRDB
import Wire

extension Change {
    /// Notes the end of an item for those who want to be told of it, and for a driver.
    func noteEnd(of item: Int64, _ record: Record, _ state: State) throws {
        ended.append((item, record))
        guard !route.recipients.isEmpty else { return }
        switch (state, record.kind) {
        case (.failed, _): try tellFailure(of: item, record)
        case (.done, "done"): try tellEnd(ofList: item, record)
        case (.done, "track") where record.parent == nil: try tell(.finished, Self.summary(of: record))
        default: break
        }
    }

    /// Tells of a list that others have changed in since it was told of last.
    func tellEnd(ofList number: Int64, _ record: Record) throws {
        guard route.recipients.contains(where: { $0.occasions.contains(.finished) }) else { return }
        var (tracks, marks) = (JSONObject(), [String]())
        let statement = try database.cachedStatement(
            sql: """
                SELECT state, count(*), sum(item.number) FROM membership JOIN item ON item.number = membership.item
                WHERE collection = ? GROUP BY state ORDER BY state
                """)
        for row in try Row.fetchAll(statement, arguments: [number]) {
            try tracks[row[0]] = .integer(row[1])
            try marks.append("\(row[0] as String) \(row[1] as Int) \(row[2] as Int64)")
        }
        guard try isNews(marks.joined(separator: " "), of: "list:\(record.id)") else { return }
        var item = JSONObject()
        item["id"] = .string(record.id)
        let title: String? = try row("SELECT title FROM item WHERE number = ?", [number])?[0]
        item["title"] = title.map { .string(Self.short($0)) }
        item["tracks"] = tracks.value
        try tell(.finished, item)
    }

    private func tellFailure(of number: Int64, _ record: Record) throws {
        let isWanted = route.recipients.contains { $0.occasions.contains(.failed) }
        let failure = try isWanted ? ItemFailure.last(of: number, in: database) : nil
        guard let failure, try isNews("\(failure.stage) \(failure.code)", of: "item:\(record.id)") else { return }
        var item = Self.summary(of: record.carried ?? record)
        item["stage"] = .string(failure.stage)
        item["class"] = .string(failure.failureClass)
        item["code"] = .string(failure.code)
        item["message"] = .string(Self.short(failure.message))
        try tell(.failed, item)
    }

    /// Tells of a halted stage, once a day for one reason.
    func tellTrouble(_ message: String, code: String, of stage: String) throws {
        guard !route.recipients.isEmpty, try isNews(code, of: "stage:\(stage)", within: 86_400_000) else { return }
        var item = JSONObject()
        item["stage"] = .string(stage)
        item["message"] = .string(Self.short(message))
        try tell(.stopped, item)
    }

    /// A stage works again: the next time that it is halted is news.
    func forgetTold(of stage: String) throws { try execute("DELETE FROM told WHERE subject = ?", ["stage:\(stage)"]) }

    private static func summary(of record: Record) -> JSONObject {
        var item = JSONObject()
        item["id"] = .string(short(record.id))
        let track = (try? record.track) ?? nil
        item["title"] = track?.title.map { .string(short($0)) }
        item["artist"] = track?.artist.map { .string(short($0)) }
        return item
    }

    /// Notices are read at a glance.
    private static func short(_ text: String) -> String { text.count <= 300 ? text : "\(text.prefix(300))…" }
}
