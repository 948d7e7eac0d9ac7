import CCurl
import Files
import Glibc
import Limiter
import Wire

/// Makes requests one after the other, over connections that are kept open between them.
package final class Client {
    private let handle: UnsafeMutableRawPointer?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    let hosts: Hosts
    let credentials: CredentialsFile
    /// Passwords that came in links.
    let kept: CredentialsFile
    private let userAgent: String
    /// A file of certificates that are trusted in addition to the system's folder.
    private let certificates: String?
    let shouldStop: () -> Bool
    /// How near the servers were that answered, keyed by the host that was asked.
    var reaches: [String: Reach] = [:]
    /// How Subsonic servers take a password, keyed by host.
    var proofs: [String: SubsonicProof] = [:]
    /// What programs gave as credentials, by their commands.
    var asked: [String: Secret] = [:]
    private var windows = ReceiveWindow()
    /// How often the credentials had changed when the proofs were found.
    var seenChanges = 0

    private static let maximumRedirects = 20
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// `certificates` is a file of certificates to trust, else `SSL_CERT_FILE` names one. `shouldStop` is asked while a
    /// transfer runs, and ends it with `Failure.stopped`.
    package init(
        hosts: Hosts, credentials: CredentialsFile = CredentialsFile(), kept: CredentialsFile = CredentialsFile(),
        userAgent: String, certificates: String? = nil, shouldStop: @escaping () -> Bool
    ) {
        handle = needed(Self.isReady ? curl_easy_init() : nil)
        (self.hosts, self.userAgent, self.shouldStop) = (hosts, userAgent, shouldStop)
        (self.credentials, self.kept) = (credentials, kept)
        let named = certificates ?? getenv("SSL_CERT_FILE").map { String(cString: $0) }
        self.certificates = named == "" ? nil : named
    }

    deinit {
        // The callbacks' targets are gone: closing connections must not call them.
        curl_easy_reset(handle)
        curl_easy_cleanup(handle)
        errorText.deallocate()
    }

    /// The bytes of a small document, content-decoded and without a byte order mark; at most `limit` of them.
    ///
    /// - Throws: `too_large` (`permanent`) for a longer document, and what ``transfer(_:onHead:onBody:)`` throws.
    package func document(
        _ url: String, limit: Int, auth: Auth? = nil, onHead: @escaping (Head) -> Void = { _ in }
    ) throws(Failure) -> [UInt8] {
        var request = Request(url: url)
        request.auth = auth
        var bytes: [UInt8] = []
        try transfer(request, onHead: { head throws(Failure) in onHead(head) }) { piece throws(Failure) in
            guard bytes.count + piece.count <= limit else {
                let host = try Target(url).host
                throw .permanent("too_large", "a document of more than \(limit) bytes", host: host)
            }
            bytes += piece
        }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// Whether a document is as it was, by header lines of an earlier answer; what it is now is not read.
    ///
    /// - Throws: what ``transfer(_:onHead:onBody:)`` throws.
    package func isUnchanged(_ url: String, headers: [String], auth: Auth?) throws(Failure) -> Bool {
        var request = Request(url: url)
        (request.auth, request.headers, request.isConditional) = (auth, headers, true)
        request.isEnough = { true }
        return try transfer(request, onHead: { _ throws(Failure) in }, onBody: { _ throws(Failure) in }).isUnchanged
    }

    /// Makes one request and follows its redirects; each request holds a slot of its host until its answer ends.
    ///
    /// `onHead` gets the head of a success before its first byte; a refusal becomes a `Failure` by its status, and a
    /// request to wait pauses the host. A credential is sent to its own host only, and not to where that redirects.
    ///
    /// - Throws: what `onHead`, `onBody` and ``Hosts/takeSlot(host:)`` throw, `stopped` (`transient`), `bad_url` or
    ///   `too_many_redirects` (`permanent`), and by the contract, section 4, any class but `crash` for an answer, a
    ///   broken connection or a redirect.
    @discardableResult
    package func transfer(
        _ request: Request, onHead: @escaping (Head) throws(Failure) -> Void,
        onBody: @escaping (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Head {
        let first = try Target(request.url)
        var (movedTo, isMovedForGood): (String?, Bool) = (nil, true)
        var (target, maySendSecret, nearest) = (first, true, request.mayGoNear ? Reach.machine : .world)
        var hasAskedAnew = false
        for _ in 0...Self.maximumRedirects {
            maySendSecret = maySendSecret && target.mayHaveSecrets(of: first)
            let permit = try maySendSecret ? permit(request.auth, first.userInfo, for: target) : .afterRedirect
            let secret = try known(permit, for: target)
            let proof = try proof(of: secret, for: target)
            var request = request
            defer { request.ration?.end() }
            let slot = try hosts.takeSlot(host: target.host) { () throws(Failure) in
                request.ration = try BodyRation(hosts, host: target.host)
            }
            request.headers += try request.headersAt(target.host)
            let refusal = SubsonicRefusal()
            let transfer = CurlTransfer(
                request, to: target, nearest: nearest, shouldStop: shouldStop
            ) { head throws(Failure) in
                // Where media is asked for, text says what went wrong.
                if secret?.isSubsonic == true, request.isMedia, refusal.look(at: head) { return }
                try onHead(head)
            } onBody: { piece throws(Failure) in
                if refusal.isOne { refusal.take(piece) } else { try onBody(piece) }
            }
            try perform(transfer, target, secret, proof)
            if transfer.head.status == 401, !hasAskedAnew, try hasAnother(than: secret, by: permit, for: target) {
                hasAskedAnew = true
                continue
            }
            if !transfer.isRedirect { try judge(transfer, permit) }
            if refusal.isOne {
                throw refusal.failure(host: target.host)
                    ?? .transient("not_audio", "\(target.host) sent text in place of media", host: target.host)
            }
            slot.release()
            reaches[first.host] = transfer.reach
            guard transfer.isRedirect else {
                var head = transfer.head
                head.movedTo = movedTo
                return head
            }
            if request.body != nil {
                throw .permanent(
                    "bad_redirect", "\(target.host) redirects, but what it is sent goes nowhere else", host: target.host
                )
            }
            nearest = transfer.reach
            target = try redirection(from: target.host)
            isMovedForGood = isMovedForGood && [301, 308].contains(transfer.head.status)
            if isMovedForGood { movedTo = target.url }
        }
        throw .permanent(
            "too_many_redirects", "more than \(Self.maximumRedirects) redirects, the last one to \(target.host)",
            host: target.host)
    }

    /// How many requests for parts of one file the host may get at once.
    ///
    /// - Throws: what ``Hosts/segments(of:)`` throws.
    package func segments(of host: String) throws(Failure) -> Int { try hosts.segments(of: host) }

    /// The name of the credential of the catalog that an id is from; nil when there is none of its name.
    package func credential(ofCatalogIn id: String) -> String? {
        let name = id.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(id[..<$0]) }
        return name.flatMap { credentials.credentials.has($0) ? $0 : nil }
    }

    /// Whether a request for the URL is made with a secret.
    ///
    /// - Throws: `bad_url` (`permanent`), or `no_credential`, which is `permanent` for what a record names and
    ///   `config` for a catalog that needs one.
    package func hasSecret(_ auth: Auth, for url: String) throws(Failure) -> Bool {
        try credentials.credentials.secret(auth, for: try Target(url)) != nil
    }

    func perform(
        _ transfer: CurlTransfer, _ target: Target, _ secret: Secret?, _ proof: SubsonicProof
    ) throws(Failure) {
        curl_easy_reset(handle)
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lines) }
        for line in transfer.request.headers { lines = needed(curl_slist_append(lines, line)) }
        if transfer.request.isMedia { lines = needed(curl_slist_append(lines, "Accept-Encoding: identity")) }
        transfer.request.properties?.apply(to: handle, &lines)
        secret?.apply(to: handle, &lines)
        // Old radio servers speak HTTP in all but name.
        let aliases = needed(curl_slist_append(nil, "ICY 200 OK"))
        defer { curl_slist_free_all(aliases) }
        windows.use(transfer.request.ration?.windowBytes, for: target.host, handle)
        set(transfer, secret?.apply(to: target.url, proof) ?? target.url, lines)
        curl_set_list(handle, CURLOPT_HTTP200ALIASES, aliases)
        var code = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        if code == CURLE_BAD_CONTENT_ENCODING, !transfer.hasBody {
            // Some servers name an encoding that does not exist, such as UTF-8, or do not apply the one that they name.
            setText(handle, CURLOPT_ACCEPT_ENCODING, "identity")
            curl_set_long(handle, CURLOPT_HTTP_CONTENT_DECODING, 0)
            code = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        }
        if code == CURLE_OK { transfer.finish() }
        if let failure = transfer.failure { throw failure }
        guard code == CURLE_OK || transfer.isRefusalCutShort || transfer.isEnough else {
            let host = target.host
            throw HTTPVerdict.failure(
                code, afterHead: transfer.hasHead, detail: detail(code), host: host,
                hasProxy: !Proxies.ofEnvironment.areNone)
        }
    }

    private func set(_ transfer: CurlTransfer, _ url: String, _ lines: UnsafeMutablePointer<curl_slist>?) {
        let request = transfer.request
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        setText(handle, CURLOPT_URL, url)
        curl_allow_only_http(handle)
        curl_set_list(handle, CURLOPT_HTTPHEADER, lines)
        setText(handle, CURLOPT_USERAGENT, userAgent)
        curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, 15)
        curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, receiveHeader)
        curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, receiveBody)
        curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        curl_set_progress_callback(handle, receiveProgress)
        curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        curl_set_pointer(handle, CURLOPT_PREREQDATA, context)
        curl_set_connected_callback(handle, receiveConnection)
        curl_set_pointer(handle, CURLOPT_SOCKOPTDATA, context)
        curl_set_socket_callback(handle, receiveSocket)
        errorText.pointee = 0
        curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        if !request.isMedia { setText(handle, CURLOPT_ACCEPT_ENCODING, "") }
        if let body = request.body {
            curl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.utf8.count)
            setText(handle, CURLOPT_COPYPOSTFIELDS, body)
        }
        if let file = certificates { setText(handle, CURLOPT_CAINFO, file) }
        setPace(request)
    }

    /// Sets a minimum speed, well below any limit of the request's own; there is no limit on the total time.
    private func setPace(_ request: Request) {
        let share = request.pace.map { max(1, $0.share / request.companions) }
        let buffer = request.ration?.bufferBytes
        // How many others share a limit that all processes keep together is not known.
        let least = buffer == nil ? max(1, min(1024, (share ?? .max) / 2)) : 1
        curl_set_long(handle, CURLOPT_BUFFERSIZE, min(SpeedLimit.bufferSize(rate: share), buffer ?? .max))
        curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, least)
        curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(60, Int(request.stall * 2)))
    }

    /// Throws for a refusal, and pauses the host before the next request that waits for the slot.
    func judge(_ transfer: CurlTransfer, _ permit: Permit) throws(Failure) {
        let head = transfer.head
        if transfer.request.isConditional, head.isUnchanged { return }
        let now = Int(secondsSince1970())
        let verdict = HTTPVerdict.failure(head, isMedia: transfer.request.isMedia, permit, now: now)
        guard let failure = verdict else { return }
        if failure.class == .throttled, let seconds = failure.retryAfter {
            try hosts.pause(host: head.host, seconds: seconds)
        }
        throw failure
    }

    private func redirection(from host: String) throws(Failure) -> Target {
        guard let text = curl_get_text(handle, CURLINFO_REDIRECT_URL) else {
            throw .permanent("bad_redirect", "\(host) redirects without saying where to", host: host)
        }
        do throws(Failure) {
            // A redirect may not set the user and password of the next request.
            return try Target(WebLink.divided(String(cString: text)).plain)
        } catch {
            throw .permanent("bad_redirect", "\(host) redirects to a URL that is neither http nor https", host: host)
        }
    }

    private func detail(_ code: CURLcode) -> String {
        // libcurl's text would add how long it took to be refused, which helps nobody.
        if code == CURLE_COULDNT_CONNECT, case let error = curl_get_error(handle), error != 0 {
            return String(cString: strerror(Int32(error)))
        }
        return errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }
}
