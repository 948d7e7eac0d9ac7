import Wire

/// Resolves a link against a base, both as they are written; without a base the link stays as it is.
///
/// Follows RFC 3986, section 5.2, for links with an authority and for plain paths.
package func joined(_ link: String, to base: String?) -> String {
    guard let base, !base.isEmpty, !hasScheme(link) else { return link }
    let (origin, path) = divided(base)
    if link.hasPrefix("//") { return origin.prefix { $0 != ":" } + ":" + link }
    if link.hasPrefix("/") { return origin + withoutDots(link) }
    if link.isEmpty { return base }
    if link.hasPrefix("?") { return origin + path.prefix { $0 != "?" && $0 != "#" } + link }
    let folder = path.prefix { $0 != "?" && $0 != "#" }
    let parent = folder.lastIndex(of: "/").map { folder[...$0] } ?? (origin.isEmpty ? "" : "/")
    return origin + withoutDots(String(parent) + link)
}

/// A link to a file in the folder of a list, which players write as a bare name: `#` is part of a name, and so are `?`
/// before the extension and `%` where no hex digits follow. Links with a scheme stay as they are.
package func link(toFile name: String) -> String {
    guard !hasScheme(name), !name.hasPrefix("//") else { return name }
    let isQuery = Format(link: name) != nil || name.contains("=")
    let query = isQuery ? name.firstIndex(of: "?") ?? name.endIndex : name.endIndex
    let path = name[..<query].replacing("#", with: "%23").replacing("?", with: "%3F").replacing("\\", with: "/")
    return String(path.replacing(/%(?![0-9A-Fa-f]{2})/, with: "%25") + name[query...])
}

/// A link without its query and fragment; a path has neither, whatever characters it contains.
package func pathAlone(_ location: String) -> Substring {
    location.contains("://") ? location.prefix { $0 != "?" && $0 != "#" } : location[...]
}

private func hasScheme(_ link: String) -> Bool {
    guard let colon = link.firstIndex(of: ":"), let first = link.first, first.isASCII, first.isLetter else {
        return false
    }
    return link[..<colon].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
}

/// Splits a link into scheme and authority, and the rest.
private func divided(_ base: String) -> (origin: String, path: String) {
    guard let start = base.firstRange(of: "://") else { return ("", base) }
    let end = base[start.upperBound...].firstIndex { "/?#".contains($0) } ?? base.endIndex
    return (String(base[..<end]), end == base.endIndex ? "/" : String(base[end...]))
}

private func withoutDots(_ path: String) -> String {
    let end = path.firstIndex { $0 == "?" || $0 == "#" } ?? path.endIndex
    var parts: [Substring] = []
    let segments = path[..<end].split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
        let isLast = index == segments.count - 1
        switch segment {
        case ".": if isLast { parts.append("") }
        case "..":
            if parts.count > 1 { parts.removeLast() }
            if isLast { parts.append("") }
        default: parts.append(segment)
        }
    }
    return parts.joined(separator: "/") + path[end...]
}
