import PipelineFiles
import Wire

extension Record {
    /// Whom a stage has to be let in by to work on this: the host of its media or of its link, else its catalog, by name.
    var need: String {
        if let url = (try? media)??.url, let host = Self.host(of: url) { return host }
        let ref = (kind == "request" ? try? ref : nil) ?? nil
        if let ref, let host = Self.host(of: ref) { return host }
        if let catalog = ref.flatMap({ Reference($0) })?.catalog { return catalog }
        return String(id.prefix { $0 != ":" })
    }

    /// In lower case, with its port.
    private static func host(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return authority.split(separator: "@").last?.lowercased()
    }
}
