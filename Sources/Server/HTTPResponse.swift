import NIOHTTP1
import Wire

/// An answer to a client.
package struct HTTPResponse: Sendable {
    /// The status code of HTTP.
    package var status: Int
    /// Names and values, in the order in which they are sent.
    package var headers: [(String, String)] = []
    /// The body's bytes.
    package var body: [UInt8] = []

    package init(status: Int, type: String? = nil, body: [UInt8] = []) {
        (self.status, self.body) = (status, body)
        if let type { headers = [("Content-Type", type)] }
    }

    package static func json(_ value: JSON, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "application/json", body: Array(value.text))
    }

    /// An error as in RFC 9457; `detail` says what to do.
    package static func problem(_ status: Int, _ code: String, _ detail: String) -> HTTPResponse {
        var object = JSONObject()
        object["type"] = .string("about:blank")
        object["title"] = .string(HTTPResponseStatus(statusCode: status).reasonPhrase)
        object["status"] = .integer(status)
        object["code"] = .string(code)
        object["detail"] = .string(detail)
        return HTTPResponse(status: status, type: "application/problem+json", body: Array(object.value.text))
    }
}

/// Answers requests.
package protocol Site: Sendable {
    /// Answers a request; called on a thread that may block.
    func answer(_ request: HTTPRequest) -> HTTPResponse

    /// The largest body, in bytes, that such a request may have.
    func bodyLimit(path: [String]) -> Int

    /// Of which kind requests to this path are if they run programs: then `answer` is given an errand, and may take long.
    func errand(path: [String]) -> ErrandKind?
}
