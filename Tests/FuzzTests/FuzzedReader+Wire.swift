import Wire

extension FuzzedReader {
    /// The stream in pieces of 1 to 256 bytes, as its first byte says: the lines are those that lie between the LFs.
    func readLines(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let (text, step) = (bytes.dropFirst(), Int(first) + 1)
        var reader = LineReader()
        var (rest, found) = (text, [LineReader.Line]())
        while true {
            let line = reader.next { buffer in
                let piece = rest.prefix(min(step, buffer.count))
                if piece.isEmpty { return .end }
                buffer.copyBytes(from: piece)
                rest = rest.dropFirst(piece.count)
                return .bytes(piece.count)
            }
            guard let line else { break }
            found.append(line)
        }
        var wanted = text.split(separator: 10, omittingEmptySubsequences: false)
        if wanted.last?.isEmpty == true { wanted.removeLast() }
        try promise(found == wanted.map { .text(Array($0)) }, "lines lie between LFs")
        try promise(reader.number == found.count, "lines are counted")
    }

    /// JSON text: what is accepted keeps its bytes, and its parts are JSON too.
    func readJSON(_ bytes: [UInt8]) throws {
        guard let json = try? JSON(parsing: bytes) else { return }
        try promise(try JSON(parsing: Array(json.text)).text == json.text, "a value is the text that it came from")
        for element in json.elements { _ = try JSON(parsing: Array(element.text)) }
        _ = (json.number, json.integer, json.boolean, json.listed, json.single?.names)
        if let string = json.string {
            try promise(JSON.string(string).string == string, "a string is written so that it is read again")
        }
        guard var object = json.object else { return }
        let names = object.names
        for name in names {
            guard let value = object[name] else { throw Broken(promise: "each name has a value") }
            _ = try JSON(parsing: Array(value.text))
        }
        if let name = names.first { object[name] = .string("\u{7F}\u{0}") }
        if names.count > 1 { object[names[1]] = nil }
        object["x_new"] = .integer(1)
        let changed = try JSON(parsing: Array(object.value.text), maximumDepth: Record.maximumDepth + 1).object
        try promise(changed?["x_new"]?.integer == 1, "a member that is set is there")
    }

    /// A line of a pipe: a record is read again as it was, with a member more or less, and inside an answer.
    func readRecord(_ bytes: [UInt8]) throws {
        let record: Record
        do throws(Rejection) { record = try Record(line: bytes) } catch {
            _ = try Record(line: Array(Record.error(error, stage: "fuzz", line: 1).line))
            return
        }
        _ = (try? record.ref, try? record.track, try? record.media, try? record.file, try? record.placed)
        try promise(same(try Record(line: Array(record.line)), record), "a line is read again as it was")
        var changed = record
        changed["x_new"] = .string(record.id)
        changed["media"] = nil
        try promise(
            try Record(line: Array(changed.line))["x_new"]?.string == record.id, "a member that is set is there")
        let answers = [
            Record.skip(record, why: "so"), .error(.transient("so", "so"), stage: "fuzz", record: record),
            record.known(as: "other")
        ]
        for answer in answers { _ = try Record(line: Array(answer.line)) }
        _ = (record.aliases, record.carried?.id, record.shortage?.listed)
    }

    private func same(_ one: Record, _ other: Record) -> Bool {
        one.id == other.id && one.kind == other.kind && one.parent == other.parent && one.seq == other.seq
            && one.line == other.line
    }

    /// References and dates: what is understood is understood again from what is written.
    func readWords(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let reference = Reference(text) {
            try promise(Reference(reference.text) == reference, "a reference is written so that it is read again")
        }
        if let entry = Reference(entry: text) { try promise(!entry.text.contains(" "), "an entry has no spaces") }
        _ = Reference(page: text, catalog: "c")
        if let date = releaseDate(text) {
            try promise(releaseDate(date) == date, "a date is written so that it is read again")
            try promise([4, 7, 10].contains(date.utf8.count), "a date has its form")
        }
        _ = (ISRC.folded(text), WrittenDate(text)?.moment, text.harmless)
    }
}
