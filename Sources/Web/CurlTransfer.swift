import CCurl
import Glibc
import Wire

/// One request and its answer while libcurl works on it; the callbacks find it by an opaque pointer.
final class CurlTransfer {
    let request: Request
    private let target: Target
    private let onHead: (Head) throws(Failure) -> Void
    private let onBody: (UnsafeRawBufferPointer) throws(Failure) -> Void
    private let shouldStop: () -> Bool
    /// How near the server may be, and how near it is.
    private let nearest: Reach
    private(set) var reach = Reach.world
    private let proxies: Proxies
    /// What went wrong in a callback, which libcurl only knows as an abort.
    private(set) var failure: Failure?
    private var fields: [String: String] = [:]
    private var status = 0
    private var isHeadTold = false
    private var refusedBytes = 0
    private var lastBytes: curl_off_t = 0
    private var lastMove = monotonicNanoseconds()

    init(
        _ request: Request, to target: Target, nearest: Reach = .machine, proxies: Proxies = .ofEnvironment,
        shouldStop: @escaping () -> Bool,
        onHead: @escaping (Head) throws(Failure) -> Void,
        onBody: @escaping (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) {
        (self.request, self.target, self.nearest, self.proxies) = (request, target, nearest, proxies)
        (self.shouldStop, self.onHead, self.onBody) = (shouldStop, onHead, onBody)
    }

    private var host: String { target.host }

    var head: Head { Head(status: status, host: host, fields: fields) }

    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) && fields["location"] != nil }

    /// Whether the server began to answer.
    var hasHead: Bool { status != 0 }

    /// Whether any part of a successful answer was handed on.
    var hasBody: Bool { isHeadTold }

    private var isSuccess: Bool { (200..<300).contains(status) }

    /// Checks where the connection leads before the request is sent; false aborts.
    func connected(to address: String, port: Int) -> Bool {
        let found = proxies.reach(of: target, at: address, port: port)
        reach = found.known
        guard found.worst > nearest else { return true }
        guard request.mayGoNear else {
            failure = .permanent(
                "bad_url",
                "\(host) is on this machine or in its network, where a source on the internet may not lead\(request.isMedia ? "; if that is meant: fetch --private" : "")",
                host: host)
            return false
        }
        failure = .permanent(
            "bad_redirect",
            "a redirect leads to \(host), nearer to this machine than the host that redirects; if that is meant, give its own address",
            host: host)
        return false
    }

    /// Takes one line of a head; another status line, as after a 100, begins a new head.
    func header(_ line: UnsafeRawBufferPointer) {
        if line.starts(with: "HTTP/".utf8) || line.starts(with: "ICY ".utf8) {
            fields = [:]
            status = Int(text(line.drop { $0 > 32 }.drop { $0 <= 32 }.prefix { $0 > 32 })) ?? 0
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            fields[text(line[..<colon]).lowercased()] = text(line[(colon + 1)...])
        }
    }

    /// Whether the connection was closed because the body of a redirect or a refusal was too long.
    var isRefusalCutShort: Bool { refusedBytes > Self.longestRefusal }

    /// Whether the connection was closed because no more was wanted.
    private(set) var isEnough = false

    private static let longestRefusal = 1 << 20

    /// Takes a piece of the body; the body of a redirect or a refusal is discarded. False aborts.
    func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard guarding({ () throws(Failure) in try request.ration?.take(bytes.count) }) else { return false }
        guard isSuccess else {
            refusedBytes += bytes.count
            return !isRefusalCutShort
        }
        request.pace?.rest(after: bytes.count)
        let isRight = guarding { () throws(Failure) in
            try tellHead()
            try onBody(bytes)
        }
        isEnough = isRight && request.isEnough()
        return isRight && !isEnough
    }

    /// Hands over the head of a success that had no body.
    func finish() {
        if isSuccess { _ = guarding { () throws(Failure) in try tellHead() } }
    }

    /// Called about once a second and with every piece; false aborts.
    func progress(_ bytes: curl_off_t) -> Bool {
        if shouldStop() { failure = failure ?? .stopped }
        let now = monotonicNanoseconds()
        if bytes != lastBytes { (lastBytes, lastMove) = (bytes, now) }
        if Double(now - lastMove) > request.stall * 1e9 {
            failure = failure ?? .transient("stalled", "no byte from \(host) for \(Int(request.stall)) s", host: host)
        }
        return failure == nil
    }

    private func tellHead() throws(Failure) {
        guard !isHeadTold else { return }
        isHeadTold = true
        try onHead(head)
    }

    private func guarding(_ body: () throws(Failure) -> Void) -> Bool {
        do throws(Failure) { try body() } catch { failure = failure ?? error }
        return failure == nil
    }
}

/// The bytes as a text, without white space around it.
private func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    let end = bytes.lastIndex { $0 > 32 }.map { $0 + 1 } ?? bytes.startIndex
    return String(decoding: bytes[..<end].drop { $0 <= 32 }, as: UTF8.self)
}

/// libcurl's callbacks: they cannot capture, so each finds its transfer by the pointer that was set along with it.
func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let data, let transfer = transfer(context) else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    transfer.header(bytes)
    return bytes.count
}

func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let data, let transfer = transfer(context) else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    // Any number but the one given aborts the transfer.
    return transfer.body(bytes) ? bytes.count : bytes.count + 1
}

func receiveProgress(
    _ context: UnsafeMutableRawPointer?, _ total: curl_off_t, _ bytes: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    transfer(context).map { $0.progress(bytes) } == true ? 0 : 1
}

func receiveConnection(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?,
    _ port: Int32, _: Int32
) -> Int32 {
    guard let address, let transfer = transfer(context) else { return CURL_PREREQFUNC_OK }
    return transfer.connected(to: String(cString: address), port: Int(port))
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

func receiveSocket(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _: curlsocktype) -> Int32 {
    if let bytes = transfer(context)?.request.ration?.windowBytes { ReceiveWindow.set(bytes, for: socket) }
    return CURL_SOCKOPT_OK
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}
