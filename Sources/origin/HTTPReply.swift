import FlyingFox
import Foundation
import Wire

/// An answer before it becomes one of HTTP.
struct HTTPReply: Sendable {
    enum Body: Sendable {
        case bytes(Data)
        case file(FileBody)
    }

    var status = 200
    var headers: [String: String] = [:]
    var body = Body.bytes(Data())
    /// The fault that caused it.
    var fault: Fault.Kind?

    static func document(_ json: JSON) -> HTTPReply {
        HTTPReply(
            headers: ["Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(Data(json.text)))
    }

    static func text(_ status: Int, _ text: String, headers: [String: String] = [:], type: String = "text/plain")
        -> HTTPReply
    {
        HTTPReply(
            status: status, headers: headers.merging(["Content-Type": type]) { $1 },
            body: .bytes(Data((text + "\n").utf8)))
    }

    /// The answer for an unknown address, where catalogs put a mere text into `error`.
    static var unknownAddress: HTTPReply {
        var reply = document(.object(["error": .string("Not Found")]))
        reply.status = 404
        return reply
    }

    func because(of fault: Fault) -> HTTPReply {
        var reply = self
        reply.fault = fault.kind
        return reply
    }

    /// How many bytes of the body will be sent; none for HEAD.
    func sentBytes(isHead: Bool) -> Int {
        switch body {
        case _ where isHead: 0
        case .bytes(let data): data.count
        case .file(let file): file.sentBytes
        }
    }

    func response(isHead: Bool) -> HTTPResponse {
        var response = HTTPResponse(statusCode: HTTPStatusCode(status, phrase: Self.phrases[status] ?? "Status"))
        for (name, value) in headers { response.headers[HTTPHeader(name)] = value }
        let length =
            switch body {
            case .bytes(let data): data.count
            case .file(let file): file.range.count
            }
        response.headers[.contentLength] = String(length)
        guard !isHead else { return response }
        switch body {
        case .bytes(let data):
            response.payload = .httpBody(HTTPBodySequence(data: data, suggestedBufferSize: max(1, data.count)))
        case .file(let file): response.payload = .httpBody(HTTPBodySequence(from: file, count: length))
        }
        return response
    }

    private static let phrases = [
        200: "OK", 206: "Partial Content", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        416: "Range Not Satisfiable", 429: "Too Many Requests", 500: "Internal Server Error",
        503: "Service Unavailable"
    ]
}
