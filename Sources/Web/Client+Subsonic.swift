import Files
import Wire

extension Client {
    private static let maximumError = 65_536

    /// How the server at a target takes a password, which one request finds out.
    ///
    /// A password is sent over plain http only to this machine, unless the credentials allow more.
    func proof(of secret: Secret?, for target: Target) throws(Failure) -> SubsonicProof {
        guard case .subsonic(_, _, let isClear) = secret, let secret else { return .token }
        if let known = proofs[target.host] { return known }
        guard let rest = target.url.firstRange(of: "/rest/") else { return .token }
        let ping = try Target(target.url[..<rest.upperBound] + "ping.view")
        var proof = SubsonicProof.token
        var error = SubsonicError(try answer(to: ping, with: secret, .token))
        if let refused = error, refused.wantsPassword {
            guard target.isEncrypted || target.isLoopback || isClear else {
                throw .config(
                    "clear_password",
                    "\(target.host) takes the password only in clear, and is asked over plain http; use https, or write clear after the password",
                    host: target.host)
            }
            proof = .password
            error = SubsonicError(try answer(to: ping, with: secret, .password))
        }
        if let error { throw error.failure(host: target.host) }
        proofs[target.host] = proof
        return proof
    }

    private func answer(to target: Target, with secret: Secret, _ proof: SubsonicProof) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        let slot = try hosts.takeSlot(host: target.host)
        let transfer = CurlTransfer(
            Request(url: target.url), to: target, shouldStop: shouldStop, onHead: { _ throws(Failure) in }
        ) { piece throws(Failure) in
            if bytes.count < Self.maximumError { bytes += piece }
        }
        try perform(transfer, target, secret, proof)
        try judge(transfer, Permit.sent(secret))
        slot.release()
        return bytes
    }
}

/// What a Subsonic server answers in place of the audio or picture that was asked for.
final class SubsonicRefusal {
    private var bytes: [UInt8] = []
    private(set) var isOne = false

    /// Whether an answer's head announces text in place of media.
    func look(at head: Head) -> Bool {
        let type = head.fields["content-type"]?.prefix { $0 != ";" }.lowercased() ?? ""
        isOne = ["application/json", "text/json"].contains(type)
        return isOne
    }

    func take(_ piece: UnsafeRawBufferPointer) {
        if bytes.count < 65_536 { bytes += piece }
    }

    func failure(host: String) -> Failure? { isOne ? SubsonicError(bytes)?.failure(host: host) : nil }
}

extension Target {
    var isLoopback: Bool {
        let isAddress = name.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        return ["localhost", "[::1]", "::1"].contains(name) || isAddress && name.hasPrefix("127.")
    }
}
