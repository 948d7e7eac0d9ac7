/// A line that is not a record, and the answer that it must get.
struct BadLine {
    let text: [UInt8]
    /// The id of its only answer.
    let id: String
    /// The code of the error; nil for a line that is a record after all.
    let code: String?

    private init(_ text: String, _ id: String, _ code: String?) {
        (self.text, self.id, self.code) = (Array(text.utf8), id, code)
    }

    /// The same line with a byte that is never valid in UTF-8.
    private func spoilt() -> BadLine {
        BadLine(text: text.map { $0 == UInt8(ascii: "?") ? 0xff : $0 }, id: id, code: code)
    }

    private init(text: [UInt8], id: String, code: String?) { (self.text, self.id, self.code) = (text, id, code) }

    /// The lines in order; a blank line, which counts, follows the first.
    static let all = [
        BadLine(#"{"v":1,"id":"bad:track:1","#, "line:1", "not_json"),
        BadLine(#"{"v":1,"id":"bad:track:3","kind":"poem","x":"?"}"#, "line:3", "not_json").spoilt(),
        BadLine(#"{"v":1,"id":"bad:track:4","kind":"poem","x":"\ud800"}"#, "bad:track:4", "lone_surrogate"),
        BadLine(
            #"{"v":1,"id":"bad:track:5","x":""# + String(repeating: "x", count: 1 << 20), "line:5", "line_too_long"),
        BadLine(#"{"v":2,"id":"bad:track:6","kind":"poem"}"#, "bad:track:6", "version"),
        BadLine(#"{"v":1,"id":7,"kind":"poem"}"#, "line:7", "bad_envelope"),
        BadLine(#"{"v":1,"id":"good:track:1","kind":"poem"}"# + "\r", "good:track:1", nil)
    ]
}
