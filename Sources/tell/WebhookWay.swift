import Web
import Wire

/// A webhook after Standard Webhooks, with a body of the usual form or of one's own.
struct WebhookWay: Way {
    let client: Client
    let url: String
    let template: BodyTemplate?

    func send(_ notice: NoticeContent) throws(Failure) {
        let body = String(decoding: (template?.filled(notice) ?? usual(notice)).text, as: UTF8.self)
        let time = millisecondsSince1970() / 1000
        var headers = ["Content-Type: application/json", "webhook-id: \(notice.id)", "webhook-timestamp: \(time)"]
        let signatures = try client.signatures(of: "\(notice.id).\(time).\(body)", for: url)
        if !signatures.isEmpty {
            headers.append("webhook-signature: " + signatures.map { "v1,\($0)" }.joined(separator: " "))
        }
        try client.post(body, to: url, headers: headers)
    }

    private func usual(_ notice: NoticeContent) -> JSON {
        var object = JSONObject()
        object["type"] = .string(notice.event)
        object["timestamp"] = .string(notice.timestamp)
        object["data"] = notice.section
        return object.value
    }
}
