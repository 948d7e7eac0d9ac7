import Wire

/// Reads a list piece by piece, and hands over its entries as they come, so that no list is too long to be read; those
/// of JSPF come at the end.
package struct ListReader {
    private var parser: any ListParser
    private let decoder: TextDecoder
    /// What stopped the reading; the entries before it count.
    package private(set) var failure: Failure?
    /// The list's header, complete after the last piece was read.
    package var header: ListHeader { parser.header }
    /// What was read differently from how it is written, for people, in order; complete after the last piece was read.
    package var remarks: [String] { decoder.remarks + parser.remarks }

    /// `columns` has the names of a CSV file's columns, keyed by what they hold, where they are not the usual ones;
    /// `charset` is the list's character set according to its sender.
    package init(_ format: ListFormat, columns: [String: String] = [:], charset: String? = nil) {
        decoder = TextDecoder(charset: charset)
        parser =
            switch format {
            case .m3u: M3UParser()
            case .pls: PLSParser()
            case .text: TextParser()
            case .csv: CSVParser(columns: columns)
            case .xspf: XMLList(XSPFGrammar())
            case .jspf: JSPFParser()
            case .rss: XMLList(FeedGrammar())
            }
    }

    /// The entries that this piece completes, in order.
    package mutating func read(_ bytes: [UInt8]) -> [ListEntry] { entries(decoder.read(bytes), isLast: false) }

    /// The entries that only the end completes, in order.
    package mutating func finish() -> [ListEntry] { entries(decoder.finish(), isLast: true) }

    private mutating func entries(_ text: [UInt8], isLast: Bool) -> [ListEntry] {
        var entries: [ListEntry] = []
        guard failure == nil else { return entries }
        do throws(Failure) {
            if !text.isEmpty { try parser.read(text, &entries) }
            if isLast { try parser.finish(&entries) }
        } catch {
            failure = error
        }
        return entries
    }
}

protocol ListParser {
    var header: ListHeader { get }
    /// What was read differently from how it is written, for people, in order.
    var remarks: [String] { get }
    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure)
    mutating func finish(_ entries: inout [ListEntry]) throws(Failure)
}

extension ListParser {
    var remarks: [String] { [] }
}

/// The most bytes that a line, a field or a text may have.
let maximumTextBytes = 1 << 20

func badList(_ format: String, _ line: Int, _ what: String) -> Failure {
    .permanent("bad_list", "\(format): line \(line): \(what)")
}
