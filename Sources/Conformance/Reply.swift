import Wire

/// One line of a stage's stdout.
struct Reply {
    /// Its number, counted from 1 in one run of the stage.
    let number: Int
    /// The line without its LF; empty for a line that is too long.
    let text: [UInt8]
    let content: Content

    enum Content {
        case record(Record)
        /// It looks like a record, but is not one.
        case broken(String, id: String?)
        /// It does not even start like a record.
        case noise
    }

    init(_ line: LineReader.Line, number: Int) {
        self.number = number
        guard case .text(let text) = line else {
            (self.text, content) = ([], .broken("it is longer than \(Record.maximumLineBytes) bytes", id: nil))
            return
        }
        self.text = text
        guard text.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }) == UInt8(ascii: "{") else {
            content = .noise
            return
        }
        do throws(Rejection) {
            content = .record(try Record(line: text))
        } catch {
            content = .broken(error.failure.message, id: error.id)
        }
    }

    var record: Record? { if case .record(let record) = content { record } else { nil } }

    /// Its own id, if it can be read.
    var id: String? {
        switch content {
        case .record(let record): record.id
        case .broken(_, let id): id
        case .noise: nil
        }
    }

    /// Whether it may have been meant as an answer, though to which record cannot be told.
    var isUnreadable: Bool { id == nil && (text.isEmpty && !isNoise || text.contains(UInt8(ascii: "{"))) }

    var isNoise: Bool { if case .noise = content { true } else { false } }
}
