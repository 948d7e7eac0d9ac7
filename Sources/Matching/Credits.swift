import Foundation
import Wire

/// Everyone named for a recording, as keys, however their names are joined.
struct Credits {
    /// The keys of whole names as they are written, without guests: `Simon & Garfunkel` is one.
    private var wholes: Set<String> = []
    /// The keys of names that may be one of several; what is asked for must be among them.
    private var members: Set<String> = []
    /// The keys of the smallest parts, which need not be names: `Earth`, `Wind`, `Fire`.
    private var parts: Set<String> = []
    /// The keys of the main artists.
    private var mains: Set<String> = []

    /// How far two credits agree on who made a recording.
    enum Agreement: Comparable {
        /// They share only a part of a name that may be one name or several.
        case loosely
        /// One of the two leaves some artists out.
        case partly
        case fully
    }

    init(_ track: Track, guests: [String]) {
        let names = track.artists + [track.artist].compactMap(\.self)
        for (index, name) in names.enumerated() { add(name, isFirst: index == 0) }
        for guest in guests { add(guest, isFirst: false) }
    }

    var isEmpty: Bool { wholes.isEmpty }

    private mutating func add(_ name: String, isFirst: Bool) {
        for (index, section) in JoinedNames.sections(of: name).enumerated() {
            wholes.insert(section.whole)
            members.insert(section.whole)
            members.formUnion(section.members)
            parts.formUnion(section.parts)
            guard isFirst, index == 0 else { continue }
            mains.insert(section.whole)
            if section.isList { mains.formUnion(section.parts.prefix(1)) }
        }
    }

    /// How far `other` agrees with these, which are wanted; nil where it is by somebody else.
    func agreement(with other: Credits) -> Agreement? {
        if wholes == other.wholes || parts == other.parts { return .fully }
        let isNested =
            parts.isSubset(of: other.parts) || other.parts.isSubset(of: parts) || wholes.isSubset(of: other.wholes)
            || other.wholes.isSubset(of: wholes)
        guard isNested else { return nil }
        if !mains.isDisjoint(with: other.members) { return .partly }
        return parts.isDisjoint(with: other.parts) ? nil : .loosely
    }
}

/// The names in one text, split at what joins them.
package struct JoinedNames {
    /// The key of the whole text without guests.
    let whole: String
    /// The keys of its parts, in order.
    let parts: [String]
    /// The keys of those parts that are certainly names by themselves, in order.
    let members: [String]
    /// Whether it is a plain list, whose first name counts most.
    let isList: Bool

    private enum Joiner { case guest, list, pair }

    private struct Piece {
        let joiner: Joiner?
        var tokens: [String]
        var text: String { tokens.joined(separator: " ") }
        /// Whether the name continues after it, as in `Tyler, The Creator` and `Florence and the Machine`.
        var goesOn: Bool {
            (joiner == .list || joiner == .pair) && ["the", "his", "her"].contains(tokens.first?.lowercased())
        }
    }

    /// The names, followed by each of the guests separately.
    static func sections(of name: String) -> [JoinedNames] {
        pieces(of: name).reduce(into: [[Piece]]()) { sections, piece in
            if piece.joiner == .guest || sections.isEmpty { sections.append([]) }
            sections[sections.count - 1].append(piece)
        }.map(JoinedNames.init).filter { !$0.whole.isEmpty }
    }

    /// The first of a list of names, or the one name, without guests.
    package static func first(of name: String) -> String {
        let pieces = Array(pieces(of: name).prefix { $0.joiner != .guest })
        let own = JoinedNames(pieces).isList ? Array(pieces.prefix(1)) : pieces
        let text = own.map(\.text).joined(separator: " & ").replacing(", & ", with: ", ")
        return text.hasSuffix(",") ? String(text.dropLast()) : text
    }

    private init(_ pieces: [Piece]) {
        whole = Spelling.artistKey(pieces.map(\.text).joined(separator: " & "))
        let keys = pieces.map { Spelling.artistKey($0.text) }
        let joiners = Set(pieces.dropFirst().compactMap(\.joiner))
        let isOneName = joiners.count > 1 || pieces.contains { $0.joiner == .list && $0.goesOn }
        parts = keys
        members = isOneName ? [] : zip(pieces, keys).filter { !$0.0.goesOn }.map(\.1)
        isList = joiners == [.list] && !isOneName
    }

    private static func pieces(of name: String) -> [Piece] {
        let tokens = tokens(of: name)
        var pieces = [Piece(joiner: nil, tokens: [])]
        for (index, token) in tokens.enumerated() {
            let isInside = !pieces[pieces.count - 1].tokens.isEmpty && index + 1 < tokens.count
            if isInside, let joiner = joiner(token) {
                pieces.append(Piece(joiner: joiner, tokens: []))
                continue
            }
            pieces[pieces.count - 1].tokens.append(token)
            // The article may follow the name: "Beatles, The".
            let isArticleLast = index + 2 == tokens.count && tokens[index + 1].lowercased() == "the"
            if token.hasSuffix(","), index + 1 < tokens.count, !isArticleLast {
                pieces.append(Piece(joiner: .list, tokens: []))
            }
        }
        return pieces.filter { !$0.tokens.isEmpty }
    }

    private static func joiner(_ token: String) -> Joiner? {
        switch token.lowercased().filter({ !"()[]".contains($0) }) {
        case "feat", "feat.", "ft", "ft.", "featuring": .guest
        case ";", "、", "|", "/": .list
        case "&", "+", "and", "und", "et", "y", "e", "x", "×", "vs", "vs.", "versus", "with": .pair
        default: nil
        }
    }

    /// The words and joiners of a name, in order. A slash splits only long words: `AC/DC` is one word, and so is
    /// `10,000`.
    private static func tokens(of name: String) -> [String] {
        var spaced = name.precomposedStringWithCompatibilityMapping
        for sign in [";", "、", "|"] { spaced = spaced.replacing(sign, with: " \(sign) ") }
        if !spaced.contains(where: \.isNumber) { spaced = spaced.replacing(",", with: ", ") }
        return spaced.split(whereSeparator: \.isWhitespace).flatMap { token in
            let sides = token.split(separator: "/")
            guard sides.count > 1, sides.allSatisfy({ $0.count > 3 }) else { return [String(token)] }
            return Array(sides.map { [String($0)] }.joined(separator: ["/"]))
        }
    }
}
