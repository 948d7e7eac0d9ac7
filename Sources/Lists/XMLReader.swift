import CExpat
import Wire

/// An element of an XML document, with its names distinguished by namespace.
struct XMLElement {
    /// The namespace; empty for none.
    let namespace: String
    let name: String
    /// The attributes' values, keyed by name; a namespace and a line break precede the name where there is one.
    let attributes: [String: String]

    init(_ name: String, _ attributes: [String: String], divider: Character = "\n") {
        let parts = name.split(separator: divider, maxSplits: 1)
        namespace = parts.count == 2 ? String(parts[0]) : ""
        self.name = String(parts.last ?? "")
        self.attributes = attributes
    }

    /// The value of `xml:base`.
    var base: String? { attributes["http://www.w3.org/XML/1998/namespace\nbase"] }
}

/// What a document is turned into, element by element.
protocol XMLGrammar {
    static var name: String { get }
    /// Whether it is read leniently, since such documents are rarely made with care: with ``XMLPrefixes``,
    /// ``XMLMending``, and anything after the end left out.
    static var isLenient: Bool { get }
    var header: ListHeader { get }
    /// What was left out, for people, in order.
    var remarks: [String] { get }
    mutating func open(_ element: XMLElement, in path: [XMLElement]) throws(Failure)
    /// Ends an element; `text` is all of its text outside its children.
    mutating func close(_ element: XMLElement, _ text: String, in path: [XMLElement]) throws(Failure)
    /// The entries completed since the last call, in order.
    mutating func takeEntries() -> [ListEntry]
    func finish() throws(Failure)
}

extension XMLGrammar {
    var remarks: [String] { [] }
}

/// Reads XML as it comes. Entity declarations are refused, so that nothing is expanded and nothing is fetched.
final class XMLList<Grammar: XMLGrammar>: XMLSink, ListParser {
    private var grammar: Grammar
    private let parser: XML_Parser
    private var path: [XMLElement] = []
    private var texts: [[UInt8]] = []
    private var failure: Failure?
    private var mending = XMLMending()
    private var prefixes = XMLPrefixes()
    /// Whether the last element that counts is closed.
    private var isOver = false

    var header: ListHeader { grammar.header }

    var remarks: [String] {
        let places = mending.count == 1 ? "1 place that is" : "\(mending.count) places that are"
        return (mending.count > 0 ? ["\(places) no XML, read as it is meant"] : []) + grammar.remarks
    }

    private static var maximumDepth: Int { 64 }

    init(_ grammar: Grammar) {
        self.grammar = grammar
        parser = needed(Grammar.isLenient ? XML_ParserCreate("UTF-8") : XML_ParserCreateNS("UTF-8", 10))
        super.init()
        XML_SetUserData(parser, Unmanaged<XMLSink>.passUnretained(self).toOpaque())
        XML_SetElementHandler(parser, elementBegins, elementEnds)
        XML_SetCharacterDataHandler(parser, textComes)
        XML_SetEntityDeclHandler(parser, entityIsDeclared)
    }

    deinit { XML_ParserFree(parser) }

    func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        guard !isOver else { return }
        defer { entries += grammar.takeEntries() }
        try parse(Grammar.isLenient ? mending.read(bytes) : bytes, isLast: false)
    }

    func finish(_ entries: inout [ListEntry]) throws(Failure) {
        defer { entries += grammar.takeEntries() }
        try parse(mending.finish(), isLast: true)
        try grammar.finish()
    }

    private func parse(_ bytes: [UInt8], isLast: Bool) throws(Failure) {
        guard !isOver else { return }
        let status = bytes.withUnsafeBytes { bytes in
            XML_Parse(
                parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), isLast ? 1 : 0)
        }
        if let failure { throw failure }
        guard status != XML_STATUS_OK, !isOver else { return }
        let code = XML_GetErrorCode(parser)
        if code == XML_ERROR_NO_MEMORY { throw .noMemory("\(Grammar.name): line \(line)") }
        if isLast, !path.isEmpty {
            // Its sender or writer may not have finished.
            throw .transient("bad_list", "\(Grammar.name): line \(line): it ends in the middle")
        }
        throw badList(Grammar.name, line, String(cString: XML_ErrorString(code)))
    }

    private var line: Int { Int(XML_GetCurrentLineNumber(parser)) }

    override func begin(_ name: String, _ attributes: [String: String]) {
        attempt { () throws(Failure) in
            guard path.count < Self.maximumDepth else { throw badList(Grammar.name, line, "it is nested too deep") }
            let element =
                Grammar.isLenient ? prefixes.element(name, attributes) : XMLElement(name, attributes)
            try grammar.open(element, in: path)
            path.append(element)
            texts.append([])
        }
    }

    override func end() {
        attempt { () throws(Failure) in
            guard let element = path.popLast(), let text = texts.popLast() else { return }
            try grammar.close(element, String(decoding: text, as: UTF8.self), in: path)
            guard Grammar.isLenient, path.isEmpty else { return }
            isOver = true
            XML_StopParser(parser, 0)
        }
    }

    override func add(_ text: UnsafeBufferPointer<UInt8>) {
        attempt { () throws(Failure) in
            guard !texts.isEmpty else { return }
            texts[texts.count - 1] += text
            guard texts[texts.count - 1].count <= maximumTextBytes else {
                throw .permanent(
                    "too_large", "\(Grammar.name): line \(line): a text of more than \(maximumTextBytes) bytes")
            }
        }
    }

    override func refuseEntity() {
        attempt { () throws(Failure) in
            throw badList(Grammar.name, line, "it declares entities of its own, which are not expanded")
        }
    }

    private func attempt(_ body: () throws(Failure) -> Void) {
        guard failure == nil else { return }
        do throws(Failure) {
            try body()
        } catch {
            let words =
                error.message.contains(": line ") ? error.message : "\(Grammar.name): line \(line): \(error.message)"
            failure = Failure(error.class, error.code, words)
            XML_StopParser(parser, 0)
        }
    }
}

/// What the parser's callbacks know, whatever the grammar.
class XMLSink {
    func begin(_ name: String, _ attributes: [String: String]) {}
    func end() {}
    func add(_ text: UnsafeBufferPointer<UInt8>) {}
    func refuseEntity() {}
}

private func sink(_ context: UnsafeMutableRawPointer?) -> XMLSink? {
    context.map { Unmanaged<XMLSink>.fromOpaque($0).takeUnretainedValue() }
}

private func elementBegins(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?,
    _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) {
    var found: [String: String] = [:]
    var next = attributes
    while let place = next, let key = place.pointee, let value = (place + 1).pointee {
        found[String(cString: key)] = String(cString: value)
        next = place + 2
    }
    sink(context)?.begin(name.map { String(cString: $0) } ?? "", found)
}

private func elementEnds(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?) { sink(context)?.end() }

private func textComes(_ context: UnsafeMutableRawPointer?, _ text: UnsafePointer<CChar>?, _ count: Int32) {
    text?.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { bytes in
        sink(context)?.add(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}

private func entityIsDeclared(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?, _ isParameter: Int32,
    _ value: UnsafePointer<CChar>?, _ length: Int32, _ base: UnsafePointer<CChar>?, _ system: UnsafePointer<CChar>?,
    _ publicID: UnsafePointer<CChar>?, _ notation: UnsafePointer<CChar>?
) {
    sink(context)?.refuseEntity()
}
