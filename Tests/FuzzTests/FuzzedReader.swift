/// What reads bytes that others wrote, by the names of its seeds and cases.
enum FuzzedReader: String, CaseIterable, Sendable {
    case lines, json, records, words, catalog, lists, jspf, feeds
    case pipelines, templates, fields, hosts, secrets, stripes, audio, archives

    /// Reads the bytes, whatever they are.
    ///
    /// - Throws: ``Broken`` where what was read is not what was promised.
    func read(_ bytes: [UInt8]) throws {
        switch self {
        case .lines: try readLines(bytes)
        case .json: try readJSON(bytes)
        case .records: try readRecord(bytes)
        case .words: try readWords(bytes)
        case .catalog: try readCatalog(bytes)
        case .lists: try readList(bytes)
        case .jspf: try readJSPF(bytes)
        case .feeds: try readFeed(bytes)
        case .pipelines: try readPipeline(bytes)
        case .templates: try readTemplate(bytes)
        case .fields: try readFields(bytes)
        case .hosts: try readHost(bytes)
        case .secrets: try readSecrets(bytes)
        case .stripes: try readStripes(bytes)
        case .audio: try readAudio(bytes)
        case .archives: try readArchive(bytes)
        }
    }
}

/// A promise that was not kept.
struct Broken: Error {
    let promise: String
}

/// - Throws: ``Broken`` unless the condition holds.
func promise(_ condition: Bool, _ promise: String) throws {
    if !condition { throw Broken(promise: promise) }
}
