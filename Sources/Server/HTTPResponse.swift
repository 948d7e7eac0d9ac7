import NIOHTTP1
import Wire

/// What a client is answered.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// Names and values, in the order in which they are sent.
    package var headers: [(String, String)] = []
    package var body: [UInt8] = []

    package init(status: Int, type: String? = nil, body: [UInt8] = []) {
        (self.status, self.body) = (status, body)
        if let type { headers = [("Content-Type", type)] }
    }

    package static func json(_ value: JSON, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "application/json", body: Array(value.text))
    }

    /// An error after RFC 9457; `detail` says what to do.
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
    /// Called on a thread that may wait.
    func answer(_ request: HTTPRequest) -> HTTPResponse

    /// How many bytes the body of such a request may have.
    func bodyLimit(path: [String]) -> Int
}
