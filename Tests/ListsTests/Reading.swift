import Foundation
import Wire

@testable import Lists

/// All entries of a list, read in pieces of so many bytes, and what it tells of itself.
func entries(
    _ bytes: [UInt8], _ format: ListFormat, columns: [String: String] = [:], charset: String? = nil, pieces: Int = 7
) throws(Failure) -> (entries: [ListEntry], header: ListHeader) {
    var reader = ListReader(format, columns: columns, charset: charset)
    var entries: [ListEntry] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        entries += reader.read(Array(rest.prefix(pieces)))
        rest = rest.dropFirst(pieces)
    }
    entries += reader.finish()
    if let failure = reader.failure { throw failure }
    return (entries, reader.header)
}

func entries(_ text: String, _ format: ListFormat, columns: [String: String] = [:]) throws -> [ListEntry] {
    try entries(Array(text.utf8), format, columns: columns).entries
}

/// Where the suites of others lie; nil where they were not asked for.
let suites = ProcessInfo.processInfo.environment["SEGUE_SUITES"]

func files(_ folder: String, _ ending: String) throws -> [String] {
    let found = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(ending) }
    return found.sorted().map { "\(folder)/\($0)" }
}

func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
