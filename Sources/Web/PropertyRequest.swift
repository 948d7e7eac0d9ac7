import CCurl
import Wire

/// What a WebDAV server is asked about a folder: a PROPFIND in place of a GET.
package struct PropertyRequest: Equatable, Sendable {
    /// Whether it is also about what is directly in the folder.
    package let includesMembers: Bool
    /// Which properties, as XML; if it is empty, all that the server tells anyway.
    package let content: String

    package init(includesMembers: Bool, content: String) {
        (self.includesMembers, self.content) = (includesMembers, content)
    }

    /// Sets the method, its header lines and its body.
    func apply(to handle: UnsafeMutableRawPointer?, _ lines: inout UnsafeMutablePointer<curl_slist>?) {
        lines = needed(curl_slist_append(lines, "Depth: \(includesMembers ? 1 : 0)"))
        if !content.isEmpty {
            lines = needed(curl_slist_append(lines, "Content-Type: application/xml; charset=utf-8"))
            setText(handle, CURLOPT_COPYPOSTFIELDS, content)
        }
        setText(handle, CURLOPT_CUSTOMREQUEST, "PROPFIND")
    }
}
