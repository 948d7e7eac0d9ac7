import Wire

/// Reads a list piece by piece, and hands over its entries as they come, so that none is too long to be read.
package struct ListReader {
    private var parser: any ListParser
    /// Complete when the last piece was read.
    package var header: ListHeader { parser.header }

    /// `columns` names those of a CSV file by what they hold, where the file calls them otherwise than is usual.
    package init(_ format: ListFormat, columns: [String: String] = [:]) {
        parser =
            switch format {
            case .m3u: M3UParser()
            case .pls: PLSParser()
            case .text: TextParser()
            case .csv: CSVParser(columns: columns)
            case .xspf: XMLList(XSPFGrammar())
            case .rss: XMLList(FeedGrammar())
            }
    }

    /// The entries that this piece completes.
    package mutating func read(_ bytes: [UInt8]) throws(Failure) -> [ListEntry] {
        var entries: [ListEntry] = []
        try parser.read(bytes, &entries)
        return entries
    }

    /// The entries that only the end completes.
    package mutating func finish() throws(Failure) -> [ListEntry] {
        var entries: [ListEntry] = []
        try parser.finish(&entries)
        return entries
    }
}

protocol ListParser {
    var header: ListHeader { get }
    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure)
    mutating func finish(_ entries: inout [ListEntry]) throws(Failure)
}

/// Bytes of a line, a field or a text, at most.
let maximumTextBytes = 1 << 20

func badList(_ format: String, _ line: Int, _ what: String) -> Failure {
    .permanent("bad_list", "\(format): line \(line): \(what)")
}
