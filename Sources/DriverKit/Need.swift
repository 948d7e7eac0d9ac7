import PipelineFiles
import Wire

extension Record {
    /// Who has to grant access before a stage can work on this: the host of its media or link, else its catalog.
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
