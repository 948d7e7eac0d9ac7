import CCurl
import Testing
import Wire

@testable import Web

@Suite struct VerdictTests {
    private static let bare = Permit(secret: nil, advice: ": add a credential for example.org")

    private func verdict(
        _ status: Int, isMedia: Bool = true, hasSecret: Bool = false, retryAfter: String? = nil, now: Int = 1000
    ) -> Failure? {
        let head = Head(status: status, host: "example.org", fields: retryAfter.map { ["retry-after": $0] } ?? [:])
        return HTTPVerdict.failure(head, isMedia: isMedia, hasSecret ? .sent(.bearer(token: "T")) : Self.bare, now: now)
    }

    @Test(arguments: [200, 201, 203, 206, 299])
    func `a success is no failure`(status: Int) { #expect(verdict(status) == nil) }

    @Test(arguments: [
        (400, Failure.Class.permanent), (401, .permanent), (404, .permanent), (407, .permanent), (408, .transient),
        (416, .transient), (422, .permanent), (425, .transient), (429, .throttled), (500, .transient),
        (503, .transient),
        (504, .transient), (601, .transient)
    ])
    func `a refusal has its class, its code and its host, for media and documents alike`(
        status: Int, class: Failure.Class
    ) {
        for isMedia in [true, false] {
            let failure = verdict(status, isMedia: isMedia)
            #expect(failure?.class == `class`)
            #expect(failure?.code == .http(status))
            #expect(failure?.host == "example.org")
        }
    }

    @Test(arguments: [401, 407])
    func `a password is a matter of set-up only where one was sent`(status: Int) {
        for isMedia in [true, false] {
            let refused = verdict(status, isMedia: isMedia, hasSecret: true)
            #expect(refused?.class == .config && refused?.code == .http(status))
            let unasked = verdict(status, isMedia: isMedia)
            #expect(unasked?.class == .permanent && unasked?.message.contains("credential for example.org") == true)
        }
    }

    @Test func `a link that is forbidden may want a password, which is told and stays final`() {
        let head = Head(status: 403, host: "example.org", fields: [:])
        let permit = Permit(secret: nil, advice: ": add a line", isLink: true)
        let failure = HTTPVerdict.failure(head, isMedia: false, permit, now: 1000)
        #expect(failure == .permanent(.http(403), "example.org answered 403: add a line", host: "example.org"))
        #expect(verdict(403, isMedia: false)?.message == "example.org answered 403")
    }

    @Test(arguments: [403, 410])
    func `what says that a media URL is out of date is final for a document`(status: Int) {
        #expect(verdict(status, isMedia: true)?.class == .stale)
        #expect(verdict(status, isMedia: false)?.class == .permanent)
    }

    @Test(arguments: [300, 301, 304, 308])
    func `a redirect with no place to go to is permanent`(status: Int) {
        #expect(verdict(status)?.class == .permanent)
        #expect(verdict(status)?.code == "bad_redirect")
    }

    @Test func `too many requests means to wait, five seconds when nothing else is said`() {
        #expect(verdict(429)?.retryAfter == 5)
        #expect(verdict(429, retryAfter: "soon")?.retryAfter == 5)
        #expect(verdict(429, retryAfter: "30")?.retryAfter == 30)
    }

    @Test func `unavailable means to wait only when a time is named`() {
        #expect(verdict(503)?.class == .transient)
        #expect(verdict(503, retryAfter: "later")?.class == .transient)
        #expect(verdict(503, retryAfter: "30")?.class == .throttled)
        #expect(verdict(500, retryAfter: "30")?.class == .transient)
    }

    @Test(arguments: [-86_400, -60, 0, 60, 86_400 * 400])
    func `a date to wait until is meant by the clock of whoever sent it`(ahead: Int) {
        let date = "Fri, 02 Jan 1970 00:00:00 GMT"
        let head = Head(
            status: 429, host: "example.org", fields: ["date": date, "retry-after": "Fri, 02 Jan 1970 00:00:50 GMT"])
        let failure = HTTPVerdict.failure(head, isMedia: true, Self.bare, now: 86_400 + ahead)
        #expect(failure?.retryAfter == 50)
    }

    @Test(
        arguments: [
            ("0", 1), ("1", 1), ("120", 120), ("604801", 604_800), ("99999999999999999999", nil), ("-1", nil),
            ("", nil),
            ("soon", nil), ("Thu, 01 Jan 1970 00:17:40 GMT", 60),
            ("Thu Jan  1 00:17:40 1970", 60), ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
            ("Wed, 01 Jan 2020 00:00:00 GMT", 604_800)
        ] as [(String, Int?)])
    func `a time to wait is seconds or a date`(text: String, seconds: Int?) {
        #expect(HTTPVerdict.retryAfter(text, now: 1000) == seconds)
    }

    @Test(
        arguments: [
            (CURLE_COULDNT_RESOLVE_HOST, "dns"), (CURLE_COULDNT_CONNECT, "connect"),
            (CURLE_OPERATION_TIMEDOUT, "timeout"),
            (CURLE_PARTIAL_FILE, "cut"), (CURLE_RECV_ERROR, "cut"), (CURLE_GOT_NOTHING, "cut"),
            (CURLE_HTTP2_STREAM, "cut"),
            (CURLE_SSL_CONNECT_ERROR, "tls"), (CURLE_PEER_FAILED_VERIFICATION, "tls"),
            (CURLE_WEIRD_SERVER_REPLY, "bad_answer"),
            (CURLE_TOO_MANY_REDIRECTS, "transfer")
        ] as [(CURLcode, Failure.Code)])
    func `a failed transfer is transient and says how it failed`(code: CURLcode, expected: Failure.Code) {
        let failure = HTTPVerdict.failure(code, afterHead: false, detail: "detail", host: "example.org")
        #expect((failure.class, failure.code, failure.host) == (.transient, expected, "example.org"))
        // Who it was stands before what was wrong.
        #expect(failure.message.contains(/example\.org.*detail/))
    }

    @Test func `an answer that crawls is told from a connection that never was`() {
        #expect(
            HTTPVerdict.failure(CURLE_OPERATION_TIMEDOUT, afterHead: true, detail: "", host: "h").code == "too_slow")
        #expect(
            HTTPVerdict.failure(CURLE_OPERATION_TIMEDOUT, afterHead: false, detail: "", host: "h").code == "timeout")
    }

    @Test
    func `a certificate that nobody vouches for can be trusted, and a file that cannot be read is the set-up's fault`()
    {
        for (detail, isUnsigned) in [("self-signed certificate", true), ("certificate has expired", false)] {
            let failure = HTTPVerdict.failure(
                CURLE_PEER_FAILED_VERIFICATION, afterHead: false, detail: detail, host: "h")
            #expect(failure.message.contains("SSL_CERT_FILE") == isUnsigned)
        }
        let unread = HTTPVerdict.failure(CURLE_SSL_CACERT_BADFILE, afterHead: false, detail: "CAfile: none", host: "h")
        #expect((unread.class, unread.host) == (.config, nil) && unread.message.contains("CAfile: none"))
    }

    @Test func `a URL that libcurl does not take is permanent`() {
        #expect(HTTPVerdict.failure(CURLE_URL_MALFORMAT, afterHead: false, detail: "", host: "h").class == .permanent)
    }
}
