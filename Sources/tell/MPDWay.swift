import Glibc
import Web
import Wire

/// MPD, which updates its whole database: where it has a file, only its own configuration knows.
struct MPDWay: Way {
    private let host: String
    private let port: String
    private let credentials: CredentialsFile

    /// - Throws: `bad_url` (`config`).
    init(_ address: String, _ credentials: CredentialsFile) throws(Failure) {
        self.credentials = credentials
        let end = address.lastIndex(of: "]") ?? address.startIndex
        let colon = address[end...].lastIndex(of: ":")
        port = colon.map { String(address[address.index(after: $0)...]) } ?? "6600"
        let name = colon.map { String(address[..<$0]) } ?? address
        host = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        guard !host.isEmpty, UInt16(port) != nil else { throw .config("bad_url", "the address of MPD is HOST:PORT") }
    }

    func send(_ notice: NoticeContent) throws(Failure) {
        guard notice.isOfMusic else { return }
        let connection = try connect()
        defer { close(connection) }
        guard try line(from: connection).hasPrefix("OK MPD ") else {
            throw .transient("bad_answer", "\(host) is no MPD", host: host)
        }
        let name = host.contains(":") ? "[\(host)]" : host
        let password = try credentials.mpdPassword(at: "\(name):\(port)")
        if let password {
            // What it answers may repeat the password.
            guard try ask("password \(Self.quoted(password))", connection) == "OK" else {
                throw .config("not_sent", "MPD at \(host) refuses the password: check --credentials", host: host)
            }
        }
        let answer = try ask("update", connection)
        guard answer.hasPrefix("updating_db: ") else {
            let advice = password == nil ? "; a password for it goes into the file of --credentials" : ""
            throw .config("not_sent", "MPD at \(host) does not update: \(answer.harmless)\(advice)", host: host)
        }
    }

    /// Its answer to a command.
    private func ask(_ command: String, _ connection: Int32) throws(Failure) -> String {
        let question = Array("\(command)\n".utf8)
        guard Glibc.send(connection, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else {
            throw .transient("cut", "\(host) broke off", host: host)
        }
        return try line(from: connection)
    }

    /// An argument as MPD reads it.
    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private func connect() throws(Failure) -> Int32 {
        var (hints, found) = (addrinfo(), nil as UnsafeMutablePointer<addrinfo>?)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        guard getaddrinfo(host, port, &hints, &found) == 0 else {
            throw .transient("dns", "cannot find \(host)", host: host)
        }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            let connection = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            var limit = timeval(tv_sec: 10, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(connection, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            if Glibc.connect(connection, address.ai_addr, address.ai_addrlen) == 0 { return connection }
            close(connection)
            next = address.ai_next
        }
        throw .transient("connect", "cannot connect to MPD at \(host) port \(port)", host: host)
    }

    private func line(from connection: Int32) throws(Failure) -> String {
        var (bytes, byte) = ([UInt8](), UInt8(0))
        while bytes.count < 1024 {
            guard recv(connection, &byte, 1, 0) == 1 else { throw .transient("cut", "\(host) broke off", host: host) }
            if byte == 10 { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
