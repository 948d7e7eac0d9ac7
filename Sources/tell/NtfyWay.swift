import Web
import Wire

/// A topic of an ntfy server. It takes JSON at its root, so nothing of a notice is ever in a header field.
struct NtfyWay: Way {
    private let client: Client
    private let root: String
    private let topic: String

    /// Bytes beyond which the server makes a file of the text.
    private static let mostBytes = 4000

    /// - Throws: `bad_url` (`config`).
    init(client: Client, topic url: String) throws(Failure) {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 3, let topic = parts.last, !topic.isEmpty, !topic.contains(where: { "?#".contains($0) })
        else {
            throw .config("bad_url", "the address of a topic is https://HOST/TOPIC")
        }
        (self.client, self.topic) = (client, String(topic))
        root = parts.dropLast().joined(separator: "/") + "/"
    }

    func send(_ notice: NoticeContent) throws(Failure) {
        var message = JSONObject()
        message["topic"] = .string(topic)
        message["title"] = .string(notice.title)
        message["message"] = .string(Self.cut(notice.text))
        message["tags"] = .strings([tag(of: notice.event)])
        if notice.event == "stopped" { message["priority"] = .integer(4) }
        let body = String(decoding: message.value.text, as: UTF8.self)
        try client.post(body, to: root, headers: ["Content-Type: application/json"])
    }

    private func tag(of event: String) -> String {
        switch event {
        case "finished": "musical_note"
        case "stopped": "no_entry"
        default: "warning"
        }
    }

    private static func cut(_ text: String) -> String {
        var bytes = 0
        return String(
            text.prefix { character in
                bytes += character.utf8.count
                return bytes <= mostBytes
            })
    }
}
