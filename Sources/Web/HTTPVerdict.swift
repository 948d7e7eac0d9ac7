import CCurl
import Files
import Glibc
import Limiter
import Wire

/// What an HTTP status means for a record: contract, section 4.
enum HTTPVerdict {
    /// Seconds to wait when a server says only that there were too many requests.
    private static let quietPause = 5
    private static let longestPause = Int(Hosts.longestPause)

    /// Nil for success; `now` is seconds since 1970.
    ///
    /// A password that was sent and refused is a fault of the set-up. Where none was sent, only this one URL is out of
    /// reach.
    static func failure(_ head: Head, isMedia: Bool, _ permit: Permit, now: Int) -> Failure? {
        let (status, host) = (head.status, head.host)
        let code = Failure.Code.http(status)
        let message = "\(host) answered \(status)"
        // A date is by the server's clock, which may differ from ours.
        let sent = head.fields["date"].map { curl_getdate($0, nil) }.flatMap { $0 < 0 ? nil : $0 }
        let wait = head.fields["retry-after"].flatMap { retryAfter($0, now: sent ?? now) }
        switch status {
        case 200..<300: return nil
        case 300..<400: return .permanent("bad_redirect", message + " without saying where to go", host: host)
        case 429: return .throttled(code, message, host: host, retryAfter: wait ?? quietPause)
        case 503:
            return wait.map { .throttled(code, message, host: host, retryAfter: $0) }
                ?? .transient(code, message, host: host)
        case 403 where isMedia, 410 where isMedia: return .stale(code, message, host: host)
        case 401, 407:
            return Failure(permit.secret == nil ? .permanent : .config, code, message + permit.advice, host: host)
        case 403 where permit.isLink: return .permanent(code, message + permit.advice, host: host)
        case 408, 416, 425: return .transient(code, message, host: host)
        case 400..<500: return .permanent(code, message, host: host)
        default: return .transient(code, message, host: host)
        }
    }

    /// What to do where only the certificate's signature is in doubt.
    private static func trustAdvice(_ detail: String) -> String {
        let isUnsigned = ["self-signed", "self signed", "local issuer"].contains { detail.contains($0) }
        return isUnsigned
            ? "; if you know that it is the right one, give --ca a file that holds it, or let SSL_CERT_FILE name one"
            : ""
    }

    /// Seconds from a Retry-After, which holds seconds or a date; nil when it holds neither.
    static func retryAfter(_ text: String, now: Int) -> Int? {
        if let seconds = Int(text) { return seconds < 0 ? nil : min(max(seconds, 1), longestPause) }
        let time = curl_getdate(text, nil)
        return time < 0 ? nil : min(max(time - now, 1), longestPause)
    }

    /// What a failed transfer means, in libcurl's terms.
    ///
    /// `afterHead` distinguishes an answer that is too slow from a connection that was never made.
    ///
    /// With `hasProxy` the environment names a proxy.
    static func failure(
        _ code: CURLcode, afterHead: Bool, detail: String, host: String, hasProxy: Bool = false
    ) -> Failure {
        let hint = hasProxy ? "; the environment names a proxy, which may be what is not there" : ""
        func transient(_ code: Failure.Code, _ message: String) -> Failure { .transient(code, message, host: host) }
        // Another network has other servers of names.
        if code == CURLE_COULDNT_RESOLVE_HOST { startAgain(ifShutOutOf: "/etc/resolv.conf") }
        return switch code {
        case CURLE_URL_MALFORMAT: .permanent("bad_url", "not a URL: \(detail)", host: host)
        // Only http and https get this far, so it is the answer that follows no protocol.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            transient("bad_answer", "what \(host) answers is no HTTP: \(detail)")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            transient(
                "dns",
                "cannot find \(host): \(detail); see that the name is right, and that this machine is online\(hint)")
        case CURLE_COULDNT_CONNECT:
            transient(
                "connect",
                "cannot connect to \(host): \(detail); see that the server is up, and that this is its address\(hint)")
        case CURLE_OPERATION_TIMEDOUT where afterHead: transient("too_slow", "\(host) sends too slowly: \(detail)")
        case CURLE_OPERATION_TIMEDOUT: transient("timeout", "\(host) does not answer: \(detail)")
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            transient("cut", "\(host) broke off: \(detail)")
        case CURLE_PEER_FAILED_VERIFICATION:
            transient("tls", "the certificate of \(host) is not accepted: \(detail)\(trustAdvice(detail))")
        case CURLE_SSL_CACERT_BADFILE:
            .config("no_file", "cannot read the certificates of --ca, or else SSL_CERT_FILE: \(detail)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CERTPROBLEM:
            transient("tls", "no TLS with \(host): \(detail)")
        default: transient("transfer", "the transfer from \(host) failed: \(detail)")
        }
    }
}
